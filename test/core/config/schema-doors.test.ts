// The words of the doors: subjects, hosts, origins and instants that are none, each as near to a good one as can be.
import { expect, test } from "vitest";
import { auth, principal, server } from "../../../src/core/config/schema-doors.ts";

const hex = "ab".repeat(32);
const subject = (text: string): boolean =>
  principal.safeParse({ name: "a", roles: ["reader"], subjects: [text] }).success;

test.each([
  "local:stdio",
  "local:loopback",
  "local:unix",
  `token:${hex}`,
  `mtls-sha256:${hex}`,
  "mtls:CN=agent,O=team",
  "oidc:repo:a/b",
])("%s is a subject", (text) => {
  expect(subject(text)).toBe(true);
});

test.each([
  "",
  "local:tcp",
  "local:stdio ",
  "stdio",
  `token:${hex.toUpperCase()}`,
  `token:${hex}0`,
  `token:${hex.slice(1)}`,
  "mtls:",
  `mtls-sha256:${hex.slice(2)}`,
  "oidc:",
  "email:a@b",
])("%j is none", (text) => {
  expect(subject(text)).toBe(false);
});

test.each([
  "2027-01-01",
  "2027-01-01T00:00:00",
  "2027-01-01T00:00:00+01:00",
  "2027-01-01T00:00Z",
  "tomorrow",
])("%s is no instant", (expires) => {
  expect(principal.safeParse({ name: "a", roles: ["reader"], expires }).success).toBe(false);
});

test.each(["a:b", "local:stdio", "", "a b", "-a", "a".repeat(65)])("%j is no name", (name) => {
  expect(principal.safeParse({ name, roles: ["reader"] }).success).toBe(false);
});

const { http } = server.shape;

test.each([
  "*",
  "*.example",
  "https://a.example",
  "a.example/",
  "a.example:123456",
  "a.example:65536",
  "1.2.3.4.5",
  "a b",
])("%j is no host", (host) => {
  expect(http.shape.hosts.safeParse([host]).success).toBe(false);
});

test.each([
  "*",
  "null",
  "a.example",
  "https://*",
  "https://*.example",
  "https://a.example/",
  "ftp://a.example",
  "https://",
  "https://a.example:99999",
  "https://a.example:443",
  "http://a.example:80",
  "https://A.example",
  "https://user@a.example",
  "https://a.example?b",
  "https://a.example#b",
  "https://:::",
  "https://a_b .example",
])("%j is no origin", (origin) => {
  expect(http.shape.origins.safeParse([origin]).success).toBe(false);
});

test.each(["https://a.example", "https://a.example:8443", "http://localhost:3000", "http://[::1]:1"])(
  "%s is an origin, and a public name",
  (origin) => {
    expect(http.shape.origins.safeParse([origin]).success).toBe(true);
    expect(http.shape.public_url.safeParse(origin).success).toBe(true);
  },
);

test.each(["https://a.example:99999", "https://a.example:443", "https://A.example", "https://:::"])(
  "%s is no public name",
  (url) => {
    expect(http.shape.public_url.safeParse(url).success).toBe(false);
  },
);

/** What config show prints whole, and what would name another place than it seems to. */
test.each([
  "https://user:word@a.example/keys",
  "https://word@a.example/keys",
  "https://a.example/keys?token=word",
  "https://a.example/keys?",
  "https://a.example/keys#x",
  "https://a.example:99999/keys",
  "http://a.example/keys",
])("%j is no place of keys, and no issuer", (url) => {
  const { jwks_url: place, issuer } = auth.shape.oidc.shape;
  expect(place.safeParse(url).success).toBe(false);
  expect(issuer.safeParse(url).success).toBe(false);
});

test.each(["http://issuer.example", "issuer.example", "https://", "https://a b"])(
  "%j is no issuer",
  (issuer) => {
    expect(auth.shape.oidc.shape.issuer.safeParse(issuer).success).toBe(false);
  },
);
