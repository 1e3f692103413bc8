// local_only: this machine and nobody else, as what the operator mapped it to.
import { expect, test } from "vitest";
import { openAuthenticator } from "../../../src/gateway/auth/modes.ts";
import { stdioPrincipal } from "../../../src/gateway/auth/stdio.ts";
import type { Presented } from "../../../src/gateway/auth/authenticate.ts";
import { authConfig, entry, outcome, presented } from "../../support/authenticating.ts";
import { NOON } from "../../support/proposals.ts";

const store = { credential: () => expect.unreachable("local_only looks at no token") };
const mapped = [entry({ name: "desk", subjects: ["local:loopback"], roles: ["reader"] })];

async function asked(config: Parameters<typeof openAuthenticator>[0]["config"], changes: Partial<Presented>) {
  const authenticator = openAuthenticator({ config, store, clock: () => NOON });
  return authenticator.authenticate(presented(changes));
}

test.each([
  ["another machine", { channel: "network" as const, address: "192.0.2.1" }],
  ["another machine, by our own proxy on this one", { proxied: true, address: "192.0.2.1" }],
])("%s is refused, even where local callers need no entry", async (_, changes) => {
  const said = await asked(authConfig("local_only", mapped, { allow: true }), changes);
  expect(outcome(said)).toBe("403 principal_unmapped");
  expect(said).not.toHaveProperty("challenge");
});

test.each([
  ["loopback", { channel: "loopback" as const }, "desk"],
  ["unix", { channel: "unix" as const, address: "" }, "403 principal_unmapped"],
])("without allow_local_only only what is mapped comes in: %s", async (_, changes, expected) => {
  expect(outcome(await asked(authConfig("local_only", mapped), changes))).toBe(expected);
});

test("with it, an unmapped caller gets everything that the configuration allows, a mapped one what its entry says", async () => {
  const config = authConfig("local_only", mapped, { allow: true });
  const unix = await asked(config, { channel: "unix", address: "" });
  expect(unix).toMatchObject({
    ok: true,
    principal: { name: "local:unix", credential: "local", scope: { patches: "all", paths: [] } },
  });
  const desk = await asked(config, {});
  expect(desk).toMatchObject({
    principal: { name: "desk", credential: "local", scope: { roles: ["reader"] } },
  });
});

test("a request that carries a proof is let in all the same, and the proof is not looked at", async () => {
  const config = authConfig("local_only", [], { allow: true });
  expect(outcome(await asked(config, { authorization: ["Bearer x", "Basic y"] }))).toBe("local:loopback");
});

test("the first entry that a caller is mapped to holds", async () => {
  const twice = [...mapped, entry({ name: "later", subjects: ["local:loopback"], roles: ["admin"] })];
  expect(outcome(await asked(authConfig("local_only", twice), {}))).toBe("desk");
});

test("an entry that has expired refuses", async () => {
  const config = authConfig(
    "local_only",
    [entry({ subjects: ["local:loopback"], expires: "2026-11-22T10:00:00Z" })],
    {
      allow: true,
    },
  );
  expect(outcome(await asked(config, {}))).toBe("401 auth_expired");
});

test.each([
  ["unmapped", [], false, "principal_unmapped"],
  ["let in as it is", [], true, "local:stdio"],
  ["mapped", [entry({ subjects: ["local:stdio"] })], false, "agent"],
  [
    "mapped to one that has expired",
    [entry({ subjects: ["local:stdio"], expires: "2026-11-22T09:59:59Z" })],
    true,
    "auth_expired",
  ],
])("the caller on stdio, %s, whatever auth.mode says", (_, principals, allow, expected) => {
  for (const mode of ["local_only", "bearer_token", "mtls"] as const) {
    const found = stdioPrincipal(authConfig(mode, principals, { allow }), NOON);
    expect(found.ok ? found.value.name : found.refusal.code).toBe(expected);
  }
});
