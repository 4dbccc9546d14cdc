// The frame around every page, and which page an address is.
import type { JSX } from "preact";
import type addresses from "./pages.json";
import { AccountPage } from "./pages/account";
import { Home } from "./pages/home";
import { Join, JoinRequests } from "./pages/join";
import { LeadSchools } from "./pages/leadschools";
import { EditResource, NewResource } from "./pages/resource-edit";
import { ResourcePage } from "./pages/resource";
import { MyResources, Resources } from "./pages/resources";
import { SchoolPage, Schools } from "./pages/schools";
import { Search } from "./pages/search";
import { NewThread, ThreadPage, Threads } from "./pages/threads";
import { Router, usePlace } from "./router";
import { Title, signInHere } from "./ui";
import { Viewer, useActive, useViewer } from "./viewer";

/** What is at each address of the client. The server knows the addresses from the same list, and answers 404 at all others. */
const pages: Record<keyof typeof addresses, (id: string) => JSX.Element> = {
  "/": () => <Home />,
  "/search": () => <Search />,
  "/resources": () => <Resources />,
  "/resources/new": () => <NewResource />,
  "/resources/mine": () => <MyResources />,
  "/resources/{id}": (id) => <ResourcePage id={id} />,
  "/resources/{id}/edit": (id) => <EditResource id={id} />,
  "/lead-schools": () => <LeadSchools />,
  "/schools": () => <Schools />,
  "/schools/{urn}": (urn) => <SchoolPage urn={urn} />,
  "/threads": () => <Threads />,
  "/threads/new": () => <NewThread />,
  "/threads/{id}": (id) => <ThreadPage id={id} />,
  "/account": () => <AccountPage />,
  "/join": () => <Join />,
  "/join/requests": () => <JoinRequests />,
};

/** The pages in the order above, with what finds them. */
const patterns = Object.entries(pages).map(([address, page]) => ({ pattern: new RegExp(`^${address.replace(/\{\w+\}/, "([^/]+)")}$`), page }));

export function App() {
  return (
    <Router>
      <Viewer>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <Header />
        <main id="main" tabIndex={-1}>
          <Page />
        </main>
        <footer>
          <p>
            Staffroom is free and open. Build on it: <a data-server href="/graphiql/">GraphiQL</a>, <a data-server href="/schema.graphql">schema</a>.
          </p>
        </footer>
      </Viewer>
    </Router>
  );
}

function Page() {
  const { path } = usePlace();
  for (const { pattern, page } of patterns) {
    const match = pattern.exec(path);
    if (match) return page(decodeURIComponent(match[1] ?? ""));
  }
  return (
    <>
      <Title name="Not found">There is no such page</Title>
      <p>
        Perhaps the address was cut short. <a href="/">Begin at the home page.</a>
      </p>
    </>
  );
}

const places: [string, string][] = [
  ["/resources", "Resources"],
  ["/lead-schools", "Lead schools"],
  ["/schools", "Schools"],
  ["/threads", "Discussions"],
];

function Header() {
  const { path } = usePlace();
  return (
    <header class="top">
      <a class="logo" href="/">
        Staffroom
      </a>
      <nav aria-label="Main" class="places">
        <ul>
          {places.map(([href, text]) => (
            <li key={href}>
              <a href={href} aria-current={path.startsWith(href) ? "page" : undefined}>
                {text}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <Account />
    </header>
  );
}

const deciders = ["SCHOOL_ADMINISTRATOR", "MODERATOR", "ADMINISTRATOR"];

function Account() {
  const { member, known } = useViewer();
  const active = useActive();
  usePlace(); // the way back after signing in follows the address
  if (!known) return <div class="account" />;
  if (!member) {
    return (
      <div class="account">
        <a class="button" data-server href={signInHere()}>
          Sign in
        </a>
      </div>
    );
  }
  return (
    <div class="account">
      <a href="/account">{member.name}</a>
      {active ? <a href="/resources/mine">My resources</a> : <a href="/join">Join your school</a>}
      {member.roles?.some((role) => deciders.includes(role)) && <a href="/join/requests">Requests to join</a>}
      <form method="post" action="/sign-out">
        <button>Sign out</button>
      </form>
    </div>
  );
}
