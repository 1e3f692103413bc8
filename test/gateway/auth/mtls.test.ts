// mtls: one place is believed, the certificate of our own TLS or the word of our own proxy, and never the other.
import { expect, test } from "vitest";
import { openAuthenticator } from "../../../src/gateway/auth/modes.ts";
import type { ClientCertificate, Presented } from "../../../src/gateway/auth/authenticate.ts";
import { authConfig, entry, outcome, presented } from "../../support/authenticating.ts";
import { NOON } from "../../support/proposals.ts";

const store = { credential: () => expect.unreachable("mtls looks at no token") };
const fingerprint = "ab".repeat(32);
const certificate: ClientCertificate = {
  subject: "CN=agent,O=team",
  sha256: fingerprint,
  notBefore: NOON - 1000,
  notAfter: NOON + 1000,
};
const principals = [
  entry({ name: "by-subject", subjects: ["mtls:CN=agent,O=team"] }),
  entry({ name: "forged", subjects: ["mtls:CN=admin"], roles: ["admin"] }),
];

async function asked(
  termination: "server" | "upstream",
  changes: Partial<Presented>,
  more = principals,
  now = NOON,
) {
  const config = authConfig("mtls", more, { termination, allow: true });
  const authenticator = openAuthenticator({ config, store, clock: () => now });
  return authenticator.authenticate(presented({ channel: "network", ...changes }));
}

test.each([
  ["no certificate", {}, "401 auth_missing"],
  ["no certificate, but a header", { clientSubject: ["CN=admin"] }, "401 auth_missing"],
  [
    "no certificate, but a header of the proxy",
    { clientSubject: ["CN=admin"], proxied: true },
    "401 auth_missing",
  ],
  ["a bearer token instead", { authorization: ["Bearer x"] }, "401 auth_missing"],
  ["a certificate", { certificate }, "by-subject"],
  [
    "a certificate and a forged header",
    { certificate, clientSubject: ["CN=admin"], proxied: true },
    "by-subject",
  ],
  ["one of nobody", { certificate: { ...certificate, subject: "CN=other" } }, "403 principal_unmapped"],
  [
    "one with more in its subject",
    { certificate: { ...certificate, subject: "CN=agent,O=team,OU=x" } },
    "403 principal_unmapped",
  ],
  [
    "one with another order",
    { certificate: { ...certificate, subject: "O=team,CN=agent" } },
    "403 principal_unmapped",
  ],
  ["one that is not valid yet", { certificate: { ...certificate, notBefore: NOON + 1 } }, "401 auth_invalid"],
  ["one that expires now", { certificate: { ...certificate, notAfter: NOON } }, "401 auth_expired"],
  ["one whose dates are no dates", { certificate: { ...certificate, notAfter: NaN } }, "401 auth_expired"],
  ["one whose dates are no dates", { certificate: { ...certificate, notBefore: NaN } }, "401 auth_invalid"],
])("TLS in this process, %s", async (_, changes, expected) => {
  const said = await asked("server", changes);
  expect(outcome(said)).toBe(expected);
});

test.each([
  ["nothing", { proxied: true }, "401 auth_missing"],
  ["an empty header", { proxied: true, clientSubject: [""] }, "401 auth_missing"],
  ["a header of somebody else", { clientSubject: ["CN=agent,O=team"] }, "401 auth_invalid"],
  ["two headers", { proxied: true, clientSubject: ["CN=agent,O=team", "CN=admin"] }, "401 auth_malformed"],
  ["one header", { proxied: true, clientSubject: ["CN=agent,O=team"] }, "by-subject"],
  ["a header of nobody", { proxied: true, clientSubject: ["CN=other"] }, "403 principal_unmapped"],
  // The fingerprint is the proxy's own; nobody can name one in a header.
  [
    "a header that looks like another subject",
    { proxied: true, clientSubject: [`x\nmtls-sha256:${fingerprint}`] },
    "403 principal_unmapped",
  ],
])("TLS in front of us, %s", async (_, changes, expected) => {
  const said = await asked("upstream", { certificate, ...changes });
  expect(outcome(said)).toBe(expected);
});

test("the fingerprint is more exact than the subject, and the log names what it was", async () => {
  const more = [...principals, entry({ name: "exact", subjects: [`mtls-sha256:${fingerprint}`] })];
  expect(await asked("server", { certificate }, more)).toMatchObject({
    principal: { name: "exact", credential: `mtls:${fingerprint.slice(0, 16)}` },
  });
  const said = await asked("upstream", { proxied: true, clientSubject: ["CN=agent,O=team"] });
  expect(said).toMatchObject({
    principal: { credential: expect.stringMatching(/^mtls-subject:[0-9a-f]{16}$/) as string },
  });
});

test("where nobody speaks TLS, certificates cannot be asked for", () => {
  const config = authConfig("mtls", principals);
  expect(() => openAuthenticator({ config, store, clock: () => NOON })).toThrow(
    expect.objectContaining({ code: "config_invalid" }) as Error,
  );
});
