// Tokens by the real commands: shown once, kept as digests, ended by revocation and rotation while a gateway is running.
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AuditEntry } from "../../src/core/audit/entry.ts";
import { tokenId } from "../../src/core/identity/token.ts";
import { openAuthenticator } from "../../src/gateway/auth/modes.ts";
import { openStore } from "../../src/io/store/sqlite/open.ts";
import type { Store } from "../../src/io/store/store.ts";
import { initState, person } from "../support/agent.ts";
import { authConfig, outcome, presented } from "../support/authenticating.ts";
import { removeScratch, scratch, scratchRepository } from "../support/scratch.ts";

const DAY = 86_400_000;

let repo: string;
/** Initialised, and never touched: each test has a copy. */
let fresh: string;
let state: string;
let store: Store;
let ahead = 0;
beforeAll(() => {
  repo = scratchRepository("tokens", { "a.ts": "x\n" });
  fresh = initState(repo);
});
afterAll(() => [repo, fresh].forEach(removeScratch));
beforeEach(() => {
  state = scratch("state");
  cpSync(fresh, state, { recursive: true });
  ahead = 0;
  // What a running gateway has: its own connection, opened before anything is issued.
  store = openStore(join(state, "gateway", "store.db"), { clock: () => Date.now() + ahead });
});
afterEach(() => {
  store.close();
  removeScratch(state);
});

const run = (...args: readonly string[]) => person(state, "token", ...args);
const log = (): readonly AuditEntry[] =>
  [...store.auditRows(1)].map(({ line }) => JSON.parse(line) as AuditEntry);

/** Issues a token; standard output is the token and nothing else. */
function issue(...args: readonly string[]): string {
  const { status, stdout, stderr } = run("issue", "--principal", "agent", ...args);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(stdout).toMatch(/^cst_[0-9a-f]{16}_[A-Za-z0-9_-]{43}\n$/);
  return stdout.trim();
}

async function whoIs(token: string): Promise<string> {
  const config = authConfig("bearer_token");
  const authenticator = openAuthenticator({ config, store, clock: () => Date.now() + ahead });
  return outcome(await authenticator.authenticate(presented({ authorization: [`Bearer ${token}`] })));
}

interface Listed {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly created: string;
  readonly expires: string;
  readonly ends: string;
  readonly family: string;
}

function listed(): readonly Listed[] {
  const { status, stdout } = run("list", "--json");
  expect(status).toBe(0);
  return (JSON.parse(stdout) as { tokens: readonly Listed[] }).tokens;
}

describe("issue", () => {
  test("the token works at once in a gateway that is running, and nothing but standard output has seen it", async () => {
    const { stdout, stderr } = run("issue", "--principal", "agent");
    const token = stdout.trim();
    const id = tokenId(token)!;
    expect(await whoIs(token)).toBe("agent");
    expect(stderr).toContain("$TOKEN");
    for (const text of [stderr, run("list").stdout, run("list", "--json").stdout]) {
      expect(text).toContain(id);
      expect(text).not.toContain(token.slice(21));
    }
    expect(run("list", "--json").stdout).not.toMatch(/sha256|[0-9a-f]{64}/);
    for (const file of filesBelow(state)) {
      const bytes = readFileSync(file);
      expect([file, bytes.includes(token.slice(21))]).toEqual([file, false]);
    }
  });

  test("the log says who made it for whom and what it allows", () => {
    const token = issue("--role", "reader", "reviewer", "--paths", "src/**", "docs/**", "--lane", "verified");
    expect(log().at(-1)).toMatchObject({
      event: "token.issued",
      actor: { principal: `os:${userInfo().username}` },
      data: {
        token_id: tokenId(token),
        for: "agent",
        roles: "reader reviewer",
        paths: "src/** docs/**",
        lane: "verified",
      },
    });
  });

  test("what it allows is what was asked for", () => {
    const narrow = [
      "--role",
      "reader",
      "--tool",
      "read-file",
      "--per-minute",
      "3",
      "--per-hour",
      "2",
      "--max-pending",
      "1",
    ];
    const token = issue(...narrow, "--days", "2");
    const kept = store.credential(tokenId(token)!)!;
    expect(kept.grant).toEqual({
      roles: ["reader"],
      tools: ["read-file"],
      paths: null,
      lane: "asserted",
      per_minute: 3,
      per_hour: 2,
      max_pending: 1,
    });
    expect(Date.parse(kept.expires) - Date.parse(kept.created)).toBe(2 * DAY);
  });

  test("a refresh token is only good for being exchanged, and lives as the configuration says", async () => {
    const token = issue("--refresh", "--days", "20");
    expect(await whoIs(token)).toBe("401 auth_invalid");
    const [one] = listed();
    expect(one).toMatchObject({ kind: "refresh", state: "live" });
    expect(Date.parse(one!.expires) - Date.parse(one!.created)).toBe(7 * DAY);
    expect(Date.parse(one!.ends) - Date.parse(one!.created)).toBe(20 * DAY);
  });

  test.each([
    ["no principal", ["issue"], "--principal"],
    ["a principal of ours", ["issue", "--principal", "local:stdio"], "principal"],
    ...["gateway", "countersign", "Validator", "integrator", "unknown", "ANONYMOUS", "operator"].map(
      (name): [string, string[], string] => [
        `${name}, as our own entries in the log are signed`,
        ["issue", "--principal", name],
        "audit log",
      ],
    ),
    ["more days than allowed", ["issue", "--principal", "agent", "--days", "366"], "auth.max_token_days"],
    ["no days", ["issue", "--principal", "agent", "--days", "0"], "days"],
    ["part of a day", ["issue", "--principal", "agent", "--days", "1.5"], "days"],
    ["an unknown role", ["issue", "--principal", "agent", "--role", "approver"], "role"],
    ["an unknown tool", ["issue", "--principal", "agent", "--tool", "merge"], "tool"],
    ["a broken glob", ["issue", "--principal", "agent", "--paths", "{"], "paths"],
    ["an unknown lane", ["issue", "--principal", "agent", "--lane", "fast"], "lane"],
    ["an option that is none", ["issue", "--principal", "agent", "--forever"], "--forever"],
    ["nothing to revoke", ["revoke", "--reason", "x"], "exactly one"],
    [
      "two things to revoke",
      ["revoke", "0123456789abcdef", "--principal", "agent", "--reason", "x"],
      "exactly one",
    ],
    ["a name where an id stands", ["revoke", "bob@example.org", "--reason", "x"], "--principal"],
    ["a name as a family", ["revoke", "--family", "bob@example.org", "--reason", "x"], "--principal"],
    ["a revocation without a reason", ["revoke", "--principal", "agent"], "--reason"],
    ["nothing to rotate", ["rotate"], "id"],
    ["an unknown token to rotate", ["rotate", "0123456789abcdef"], "0123456789abcdef"],
    ["an overlap without a unit", ["rotate", "0123456789abcdef", "--overlap", "24"], "overlap"],
  ])("%s: exit 2, the word that is wrong, and nothing is made", (_, args, named) => {
    const { status, stdout, stderr } = run(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(named);
    expect(stdout).toBe("");
    expect(log()).toEqual([]);
  });
});

describe("revoke", () => {
  test("from the next request on, with the reason and who did it", async () => {
    const [one, two] = [issue(), issue()];
    expect(run("revoke", tokenId(one)!, "--reason", "laptop lost")).toMatchObject({ status: 0 });
    expect([await whoIs(one), await whoIs(two)]).toEqual(["401 auth_revoked", "agent"]);
    expect(log().at(-1)).toMatchObject({
      event: "token.revoked",
      actor: { principal: `os:${userInfo().username}` },
      data: { token_id: tokenId(one), reason: "laptop lost", by: "id" },
    });
    expect(
      listed()
        .map(({ state: of }) => of)
        .toSorted(),
    ).toEqual(["live", "revoked"]);
  });

  test("all of a principal, or all of a family", async () => {
    const [one, two] = [issue(), issue()];
    expect(run("revoke", "--family", tokenId(one)!, "--reason", "x").stdout).toContain("revoked 1");
    expect([await whoIs(one), await whoIs(two)]).toEqual(["401 auth_revoked", "agent"]);
    expect(run("revoke", "--principal", "agent", "--reason", "x").stdout).toContain("revoked 1");
    expect(await whoIs(two)).toBe("401 auth_revoked");
  });

  test("what does not exist, or is revoked already: exit 1, and the attempt is recorded", () => {
    const before = log().length;
    expect(run("revoke", "--principal", "nobody", "--reason", "x")).toMatchObject({ status: 1 });
    expect(log()).toHaveLength(before + 1);
  });
});

describe("rotate", () => {
  test("both work during the overlap; afterwards only the new one, which allows the same", async () => {
    const old = issue("--role", "reader", "--days", "9");
    const { status, stdout } = run("rotate", tokenId(old)!, "--overlap", "2h");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^cst_\S+\n$/);
    const next = stdout.trim();
    expect([await whoIs(old), await whoIs(next)]).toEqual(["agent", "agent"]);
    ahead = 2 * 3_600_000;
    expect([await whoIs(old), await whoIs(next)]).toEqual(["401 auth_expired", "agent"]);
    const [one, two] = [old, next].map((token) => store.credential(tokenId(token)!)!);
    expect(two).toMatchObject({ principal: "agent", grant: one!.grant, family: one!.family });
    expect(Date.parse(two!.expires) - Date.parse(two!.created)).toBe(9 * DAY);
    // One revocation ends both: they are one family.
    run("revoke", "--family", one!.family, "--reason", "x");
    expect([await whoIs(old), await whoIs(next)]).toEqual(["401 auth_revoked", "401 auth_revoked"]);
  });

  test("without an overlap the old one ends at once", async () => {
    const old = issue();
    const next = run("rotate", tokenId(old)!, "--overlap", "0m").stdout.trim();
    expect([await whoIs(old), await whoIs(next)]).toEqual(["401 auth_expired", "agent"]);
  });

  test.each([
    ["one that is revoked", () => run("revoke", "--principal", "agent", "--reason", "x"), []],
    ["one that is to be exchanged", () => undefined, ["--refresh"]],
  ])("%s is not rotated", (_, before, args) => {
    const token = issue(...args);
    before();
    const entries = log().length;
    const { status, stdout } = run("rotate", tokenId(token)!);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(log()).toHaveLength(entries);
  });
});

test("a damaged store issues nothing: exit 74, and no token is shown", () => {
  store.close();
  const path = join(state, "gateway", "store.db");
  const bytes = readFileSync(path);
  expect(run("list").status).toBe(0);
  bytes.fill(0, 0, 100);
  writeFileSync(path, bytes);
  expect(run("issue", "--principal", "agent")).toMatchObject({ status: 74, stdout: "" });
  store = { close: () => undefined } as Store;
});

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}
