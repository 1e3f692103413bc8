// Tokens and a configuration that changes behind them: an entry that goes or comes, and a life that is made shorter.
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { instant } from "../../src/core/base/time.ts";
import { type Credential, tokenId } from "../../src/core/identity/token.ts";
import { openStore } from "../../src/io/store/sqlite/open.ts";
import type { Store } from "../../src/io/store/store.ts";
import { person } from "../support/agent.ts";
import { credential, token as made } from "../support/credentials.ts";
import { action } from "../support/http-ask.ts";
import { openRoom, type Room } from "../support/http-up.ts";
import { note } from "../support/proposals.ts";

const DAY = 86_400_000;
const BUT_STDIO = '[[principals]]\nname = "editor"\nsubjects = ["local:stdio"]\nroles = ["proposer"]\n';
const ENTRY = '[[principals]]\nname = "Bot"\nroles = ["reader"]\npaths = ["src/**"]\n';

let room: Room;
beforeAll(() => {
  room = openRoom("default");
});
afterEach(() => {
  run("revoke", "--principal", "bot", "--reason", "the test is over");
  room.configure("");
});
afterAll(() => room.remove());

const run = (...args: readonly string[]) => person(room.state, "token", ...args);
function inStore<T>(work: (store: Store) => T): T {
  const store = openStore(join(room.state, "gateway", "store.db"), { clock: () => Date.now() });
  try {
    return work(store);
  } finally {
    store.close();
  }
}
const kept = (token: string) => inStore((store) => store.credential(tokenId(token) ?? ""));

function listed(): readonly (Credential & { readonly state: string })[] {
  const { tokens } = JSON.parse(run("list", "--json").stdout) as {
    tokens: (Credential & { state: string })[];
  };
  return tokens.filter(({ revoked }) => revoked === null);
}
const lifeOf = ({ created, expires }: { created: string; expires: string }): number =>
  (Date.parse(expires) - Date.parse(created)) / DAY;

// Threat: an entry that is removed or misspelt takes its restrictions with it.
describe("a name and its entry in [[principals]]", () => {
  test("a gateway that is running refuses the token from the moment on at which its entry is gone", async () => {
    room.configure(BUT_STDIO + ENTRY);
    const token = room.token("bot");
    const up = await room.up();
    const list = async (): Promise<number> =>
      (await up.ask(...action("read-manifest", {}, { headers: { authorization: `Bearer ${token}` } })))
        .status;
    expect(await list()).toBe(200);
    room.configure(BUT_STDIO + ENTRY.replace("Bot", "Bott"));
    for (let round = 0; round < 20 && (await list()) === 200; round++) await pause(500);
    expect(await list()).toBe(403);
    expect(room.entries().at(-1)).toMatchObject({
      event: "access.refused",
      data: { reason: "principal_unmapped" },
    });
    expect(await up.stop()).toBe(0);
  });

  test("the token is for the entry's own spelling, and so is its successor", () => {
    room.configure(ENTRY);
    const token = room.token("bot");
    expect(room.entries().at(-1)).toMatchObject({ data: { for: "Bot", bound: true } });
    const next = run("rotate", tokenId(token) ?? "").stdout.trim();
    for (const one of [token, next]) expect(kept(one)).toMatchObject({ principal: "Bot", bound: true });
  });

  test("an entry that is gone shows in the list, and its tokens are not rotated", () => {
    room.configure(ENTRY);
    const token = room.token("bot");
    expect(listed()).toMatchObject([{ state: "live" }]);
    room.configure("");
    expect(listed()).toMatchObject([{ state: "unmapped" }]);
    const { status, stdout, stderr } = run("rotate", tokenId(token) ?? "");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain("[[principals]]");
  });

  test("without one the token stands alone, and that is said", () => {
    const { stdout, stderr } = run("issue", "--principal", "bot", "--role", "reader");
    expect(stderr).toMatch(/no entry of \[\[principals\]\] is named bot: the token stands alone/);
    expect(kept(stdout)).toBeUndefined();
    expect(kept(stdout.trim())).toMatchObject({ principal: "bot", bound: false });
  });
});

// Threat: a year's token of an easy posture goes on under a strict one.
describe("auth.max_token_days, tightened behind the tokens", () => {
  test("the list shows when they end now, and a successor lives no longer", () => {
    const token = room.token("bot", "--days", "30");
    expect(listed().map(lifeOf)).toEqual([30]);
    room.configure("[auth]\nmax_token_days = 2");
    expect(listed().map(lifeOf)).toEqual([2]);
    expect(listed().every(({ ends, expires }) => ends === expires)).toBe(true);
    const next = run("rotate", tokenId(token) ?? "").stdout.trim();
    expect(lifeOf(kept(next)!)).toBe(2);
  });

  test("one that has ended by it is listed as expired, and not rotated", () => {
    const [began, expires] = [instant(Date.now() - 3 * DAY), instant(Date.now() + 27 * DAY)];
    const old = credential(1, { principal: "bot", began, created: began, expires });
    inStore((store) => store.issue([old], note("token.issued")));
    room.configure("[auth]\nmax_token_days = 2");
    expect(listed()).toMatchObject([{ id: made(1).id, state: "expired" }]);
    expect(run("rotate", made(1).id)).toMatchObject({ status: 2, stdout: "" });
  });
});
