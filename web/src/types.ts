// What the client asks of the API, as far as it asks for it.

export interface School {
  __typename?: "School";
  id: string;
  urn: string;
  name: string;
  typeName: string;
  phase: string;
  status: string;
  website: string | null;
  joinedAt: string | null;
  resourceCount: number;
  address: { street: string | null; town: string | null; postcode: string | null };
  authority: { code: string; name: string } | null;
}

export interface Member {
  id: string;
  name: string;
  jobTitle: string | null;
  email: string | null;
  membership: string | null;
  evidence: string | null;
  roles: string[] | null;
  school: { id: string; urn: string; name: string } | null;
}

export interface Resource {
  __typename?: "Resource";
  id: string;
  version: number;
  title: string;
  summary: string;
  body: string;
  bodyHtml: string;
  kind: string;
  licence: string;
  visibility: string;
  status: string;
  publishedAt: string | null;
  viewerCanEdit: boolean;
  topics: Topic[];
  phases: string[];
  authors: { id: string; name: string }[];
  school: { urn: string; name: string } | null;
  authority: { code: string; name: string } | null;
  files: ResourceFile[];
}

export interface ResourceFile {
  id: string;
  name: string;
  size: number;
  contentType: string;
  url: string;
  licence: string;
}

export interface UploadRules {
  maxBytes: number;
  maxFiles: number;
  kinds: { name: string; endings: string[] }[];
}

export interface Topic {
  id: string;
  name: string;
}

export interface Post {
  id: string;
  bodyHtml: string;
  createdAt: string;
  author: { id: string; name: string } | null;
}

export interface Thread {
  __typename?: "Thread";
  id: string;
  title: string;
  postCount: number;
  lastActivityAt: string;
  space: { kind: string; name: string };
  author: { name: string } | null;
  resource: { id: string; title: string } | null;
}

export interface LeadSchool {
  id: string;
  phases: string[];
  from: string;
  to: string | null;
  remitHtml: string;
  school: { urn: string; name: string } | null;
  authority: { code: string; name: string } | null;
  contact: { name: string; jobTitle: string | null } | null;
}

export interface Connection<T> {
  nodes: T[];
  totalCount?: number;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}
