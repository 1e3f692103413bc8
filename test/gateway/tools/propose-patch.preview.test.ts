// D26: a dry run tells how the verdict's gate looks from here, and changes nothing.
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, describe, expect, test } from "vitest";
import { ALWAYS, CI_KEY, ciSays, CLAIMED, condition, gate, NEVER, SIGNED } from "../../support/gates.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";

let lab: GatewayLab;
let base: string;
const open = async (toml: string): Promise<void> => {
  lab = await gatewayLab({ toml });
  mkdirSync(join(lab.layout.root, "evidence"), { recursive: true });
  base = await lab.publish({ "src/a.ts": "one\ntwo\n", "docs/a.md": "text\n" });
  await lab.shelf.refresh();
};
afterEach(() => lab.stop());

const edits = [{ op: "replace", path: "src/a.ts", old_text: "one", new_text: "eins" }];
const args = (more: Record<string, unknown> = {}) => proposalArgs(base, { edits, ...more });
const claim = { name: "tests_passed", value: true };
const dryRun = (more: Record<string, unknown> = {}) =>
  lab.output("propose-patch", args({ dry_run: true, ...more }));

/** Digest of the patch that `edits` make. */
const patchDigest = async (): Promise<string> => String((await dryRun())["patch_sha256"]);

describe("D26: a dry run", () => {
  const verdict = (require: string): string => gate("verdict", require) + gate("landing", require);
  const structure = '"structure"';

  test.each([
    [
      "nothing that could be known here is missing",
      ALWAYS + verdict(`{ all = ["always", ${structure}] }`),
      "validation",
      "unknown",
      "structure",
    ],
    [
      "a condition that is not met",
      NEVER + verdict(`{ all = ["never", ${structure}] }`),
      "manual_required",
      "false",
      "never",
    ],
    [
      "one that only claims could meet",
      CLAIMED + verdict(`{ all = ["tests_passed", ${structure}] }`),
      "manual_required",
      "unknown",
      "tests_passed",
    ],
    [
      "the same, where something else is enough",
      CLAIMED + verdict(`{ any = ["tests_passed", ${structure}] }`),
      "validation",
      "unknown",
      "tests_passed",
    ],
    [
      "two of three, one of them lost",
      ALWAYS + NEVER + verdict(`{ at_least = 2, of = ["always", "never", ${structure}] }`),
      "validation",
      "unknown",
      "never",
    ],
    [
      "the denial of what is not known yet",
      verdict(`{ not = ${structure} }`),
      "validation",
      "unknown",
      "structure",
    ],
    [
      "the denial of what holds",
      ALWAYS + verdict(`{ all = [{ not = "always" }, ${structure}] }`),
      "manual_required",
      "false",
      "always",
    ],
  ])("%s", async (_, toml, expected, state, blamed) => {
    await open(toml);
    const output = await dryRun({ evidence: [claim] });
    expect(output).toMatchObject({
      stored: false,
      expect: expected,
      gate: { gate: "verdict", state, condition: blamed },
    });
    expect((output["advice"] as unknown[]).length).toBe(expected === "validation" ? 0 : 1);
    // The proposal itself says the same.
    expect(await lab.output("propose-patch", args({ evidence: [claim] }))).toMatchObject({
      expect: expected,
    });
  });

  test("what is signed of the patch is open where a statement is bound to the tree: this process knows none", async () => {
    const bound = '[evidence]\nbind = "tree"\n';
    await open(`${bound}${SIGNED}${CI_KEY}${verdict(`{ all = ["ci_tests", ${structure}] }`)}`);
    const evidence = [{ envelope: ciSays(await patchDigest()) }];
    expect(await lab.output("propose-patch", args({ dry_run: true, evidence }))).toMatchObject({
      expect: "validation",
      gate: { conditions: [{ id: "ci_tests", state: "unknown" }, { id: "structure" }] },
    });
    expect(await dryRun()).toMatchObject({ expect: "manual_required" });
  });

  test("what is signed counts in it, and the caller's level bounds what it shows", async () => {
    await open(`${SIGNED}${CI_KEY}${verdict(`{ all = ["ci_tests", ${structure}] }`)}`);
    const patch = await patchDigest();
    expect(await dryRun()).toMatchObject({ expect: "manual_required" });
    const remote = { credential: "token:0123456789abcdef" };
    const evidence = [{ envelope: ciSays(patch) }];
    const local = await lab.output("propose-patch", args({ dry_run: true, evidence }));
    expect(local).toMatchObject({
      expect: "validation",
      gate: {
        conditions: [
          { id: "ci_tests", state: "true" },
          { id: "structure", state: "unknown" },
        ],
      },
    });
    const far = await lab.output("propose-patch", args({ dry_run: true, evidence }), remote);
    expect(far["gate"]).toEqual({ gate: "verdict", state: "unknown", condition: null, reason: null });
  });

  // The gateway knows who is calling; to the validator it is a word in the order.
  test("who proposes is believed as the validator will: not at all", async () => {
    const me = condition("me", "caller", { check: "principal" }, "local:stdio");
    await open(me + verdict(`{ all = ["me", ${structure}] }`));
    expect(await dryRun()).toMatchObject({
      expect: "manual_required",
      gate: { state: "unknown", condition: "me", reason: "trust_lane" },
    });
  });

  test("about the result tree alone, which only the validator knows: it may still open", async () => {
    await open(`${SIGNED}${CI_KEY}${verdict(`{ all = ["ci_tests", ${structure}] }`)}`);
    const tree = { name: "result-tree", digest: { gitTree: "1".repeat(40) } };
    const evidence = [{ envelope: ciSays("", { over: { subject: [tree] } }) }];
    expect(await dryRun({ evidence })).toMatchObject({ expect: "validation" });
  });

  test("changes nothing but the entry of the call itself: tables, keys, quota and orders are the same to the byte", async () => {
    await open(ALWAYS + gate("propose-patch", '"always"'));
    const word = `canary${crypto.randomUUID()}`;
    await lab.output("propose-patch", args({ idempotency_key: "first" }));
    const before = snapshot();
    const length = lab.entries().length;
    for (const more of [
      {},
      { idempotency_key: "second" },
      { wait_seconds: 1, risk_level: "medium" },
      { title: "" },
    ])
      await lab.call(
        "propose-patch",
        args({ dry_run: true, rationale: `A rationale with ${word}.`, ...more }),
      );
    expect(snapshot()).toEqual(before);
    // The one thing that is added: the calls' own entries, with digests of what was asked and no word of it.
    const added = lab.entries().slice(length);
    expect(added.map(({ event }) => event).join()).toBe(
      "call.allowed,call.allowed,call.allowed,call.refused",
    );
    expect(added.every(({ data }) => /^[0-9a-f]{64}$/.test(String(data["arguments_sha256"])))).toBe(true);
    expect(JSON.stringify(added)).not.toContain(word);
  });

  /** Every row of every table but those of the log and of the calls that were counted; and every file of the exchange. */
  function snapshot(): Record<string, string> {
    const db = new Database(lab.layout.database, { readonly: true });
    try {
      const tables = db
        .prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .all()
        .map(({ name }) => name)
        .filter((name) => !["audit", "call", "usage"].includes(name));
      expect(tables).toEqual(expect.arrayContaining(["credential", "landing", "outbox", "proposal"]));
      const rows = tables.map((name) => [name, JSON.stringify(db.prepare(`SELECT * FROM ${name}`).all())]);
      const files = readdirSync(lab.layout.exchange, { recursive: true, encoding: "utf8" })
        .toSorted()
        .filter((name) => statSync(join(lab.layout.exchange, name)).isFile())
        .map((name) => [name, readFileSync(join(lab.layout.exchange, name), "latin1")]);
      return Object.fromEntries([...rows, ...files]) as Record<string, string>;
    } finally {
      db.close();
    }
  }
});
