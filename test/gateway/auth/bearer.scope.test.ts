// What an issued token allows: its grant, narrowed by the entry of its name, and nothing when that entry is gone.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PrincipalEntry } from "../../../src/core/config/schema-doors.ts";
import type { Authenticated } from "../../../src/gateway/auth/authenticate.ts";
import { openAuthenticator } from "../../../src/gateway/auth/modes.ts";
import { authConfig, entry, outcome, presented } from "../../support/authenticating.ts";
import { credential, grant, token } from "../../support/credentials.ts";
import { newStore, type OpenStore } from "../../support/open-store.ts";
import { note } from "../../support/proposals.ts";

let it: OpenStore;
beforeEach(() => {
  it = newStore();
  it.store.issue([credential(1)], note("token.issued"));
});
afterEach(() => {
  it.store.close();
});

const openWith = (principals: readonly PrincipalEntry[] = []) =>
  openAuthenticator({
    config: authConfig("bearer_token", principals),
    store: it.store,
    clock: () => it.now,
  });
const bearer = (text: string): readonly string[] => [`Bearer ${text}`];
const ask = (
  authorization: readonly string[],
  principals?: readonly PrincipalEntry[],
): Promise<Authenticated> =>
  openWith(principals).authenticate(presented({ authorization, channel: "network" }));

describe("what an issued token allows", () => {
  const narrow = entry({ name: "agent", roles: ["reader", "reviewer"], paths: ["src/**"], per_minute: 7 });
  const scoped = async (principals: readonly PrincipalEntry[]) => {
    it.store.issue(
      [
        credential(2, {
          grant: { ...grant, roles: ["reader"], tools: ["read-file"], paths: ["**/*.ts"], per_minute: 9 },
        }),
      ],
      note("token.issued"),
    );
    const said = await ask(bearer(token(2).token), principals);
    if (!said.ok) throw new Error(said.refusal.code);
    return said.principal.scope;
  };

  test("its grant, where no principal of its name is configured", async () => {
    const scope = await scoped([entry({ name: "other" })]);
    expect(scope).toMatchObject({
      roles: ["reader"],
      tools: ["read-file"],
      patches: "own",
      limits: { perMinute: 9 },
    });
    expect([scope.sees("a/b.ts"), scope.sees("a/b.md")]).toEqual([true, false]);
  });

  test("less where one is: both restrictions hold", async () => {
    const scope = await scoped([narrow]);
    expect(scope).toMatchObject({ roles: ["reader"], tools: ["read-file"], limits: { perMinute: 7 } });
    expect([scope.sees("src/b.ts"), scope.sees("a/b.ts"), scope.sees("src/b.md")]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("nothing, when the entry of its name has expired", async () => {
    const late = { ...narrow, expires: "2026-11-22T10:00:00.000Z" };
    expect(outcome(await ask(bearer(token(1).token), [late]))).toBe("401 auth_expired");
  });

  test("equal grants share one scope, and each request has a principal of its own", async () => {
    it.store.issue([credential(2)], note("token.issued"));
    const authenticator = openWith();
    const get = async (n: number) => {
      const said = await authenticator.authenticate(presented({ authorization: bearer(token(n).token) }));
      return said.ok ? said.principal : expect.unreachable();
    };
    const [one, two, again] = [await get(1), await get(2), await get(1)];
    expect(one.scope).toBe(two.scope);
    expect(one).not.toBe(again);
  });
});

// Threat: an entry that is removed or misspelt takes its restrictions with it, and the token sees everything.
describe("the entry that a token was issued for", () => {
  const reader = (name: string): PrincipalEntry => entry({ name, roles: ["reader"], paths: ["src/**"] });
  const issued = async (bound: boolean, principals: readonly PrincipalEntry[]): Promise<Authenticated> => {
    it.store.issue([credential(2, { bound })], note("token.issued"));
    return ask(bearer(token(2).token), principals);
  };

  test.each([
    ["removed", []],
    ["misspelt", [reader("agnet")]],
    ["another one", [reader("other"), reader("agent2")]],
  ])("%s: the token stands for nobody", async (_, principals) => {
    expect(outcome(await issued(true, principals))).toBe("403 principal_unmapped");
  });

  test.each([
    ["bound", true],
    ["made before there was one", false],
  ])("holds in any letter case, with its own spelling of the name: a token %s", async (_, bound) => {
    const said = await issued(bound, [reader("Agent")]);
    if (!said.ok) throw new Error(said.refusal.code);
    const { name, scope } = said.principal;
    expect([name, scope.roles, scope.sees("src/a.ts"), scope.sees("a.ts")]).toEqual([
      "Agent",
      // What both roles allow; a reader does not propose.
      [],
      true,
      false,
    ]);
  });

  test("a token made without one stands alone, until there is one", async () => {
    const alone = await issued(false, [reader("other")]);
    expect(alone).toMatchObject({ principal: { name: "agent", scope: { roles: ["proposer"], paths: [] } } });
    const late = { ...reader("AGENT"), expires: "2020-01-01T00:00:00Z" };
    expect(outcome(await ask(bearer(token(2).token), [late]))).toBe("401 auth_expired");
  });
});
