// Package e2e holds the end-to-end tests: they build the program, run it as its users do, and use it from outside, through a
// real browser, through GraphQL over HTTP and through its command line. There is nothing in it but tests.
//
// The stories that a browser tells are in browse_test.go, keyboard_test.go, access_test.go and graphiql_test.go; those about
// the API and the process are in tour_test.go, command_test.go, crash_test.go and register_test.go. They stand on
// program_test.go (the program as a child process), api_test.go (a client of the API) and browser_test.go (a person in front
// of a browser).
//
// Browser tests need chromium, and the client built by `make web`. Where one of them is missing they are skipped on a
// developer's machine, and fail where CI is set. If E2E_PICTURES names a folder, pictures of all pages are saved there, and of
// every page on which a test failed.
package e2e
