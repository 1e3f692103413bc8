// An order is put aside when its own verdict rejects it for a secret, whatever crashed before; others stay where they are.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import { refusal } from "../../../src/core/base/refusal.ts";
import { withoutLines } from "../../../src/core/proposal/blank.ts";
import { type Order, withoutWords } from "../../../src/core/proposal/order.ts";
import { openStore } from "../../../src/io/store/sqlite/open.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";
import { PASSED, signer, type VerdictChanges } from "../../support/published.ts";

let lab: GatewayLab;
let order: Order;
beforeEach(async () => {
  lab = await gatewayLab();
  const base = await lab.publish({ "a.ts": "one\n" });
  await lab.shelf.refresh();
  const edits = [{ op: "replace", path: "a.ts", old_text: "one", new_text: "two" }];
  await lab.output("propose-patch", proposalArgs(base, { edits }));
  [order] = lab.store.outbox() as [Order];
});
afterEach(() => lab.stop());

const place = (...folder: readonly string[]): string =>
  join(lab.layout.exchange, "orders", ...folder, `${order.patch_id}.json`);
const count = (event: string): number => lab.entries().filter((entry) => entry.event === event).length;

const verdict = (
  outcome: "REJECTED" | "MANUAL_REQUIRED",
  code: "secret_suspected" | "apply_failed",
  results: Readonly<Record<string, "PASSED" | "FAILED" | "SKIPPED" | "ERROR">> = {
    words: "PASSED",
    secrets: "PASSED",
  },
): VerdictChanges => ({
  predicate: {
    outcome,
    checks: [
      {
        ...PASSED,
        result: outcome === "REJECTED" ? "FAILED" : "WARNED",
        findings: [{ rule: "r", line: null, refusal: refusal(code, "why", "a.ts:1") }],
      },
      ...Object.entries(results).map(([id, result]) => ({ ...PASSED, id, result })),
    ],
  },
});

test.each<[string, VerdictChanges]>([
  ["of another reason", verdict("REJECTED", "apply_failed")],
  ["that asks for a person", verdict("MANUAL_REQUIRED", "secret_suspected")],
  ["of another key", { ...verdict("REJECTED", "secret_suspected"), signer: signer() }],
])("a verdict %s leaves the order where it is", async (_, changes) => {
  await lab.rounds.once();
  await lab.judge(order, changes);
  await lab.rounds.once();
  await lab.rounds.once();
  expect(existsSync(place())).toBe(true);
  expect(lab.store.proposal(order.patch_id)?.order).toEqual(order);
});

test("a secret: the words leave the store, the order its folder, and what was judged stays judged", async () => {
  await lab.rounds.once();
  const before = sha256(readFileSync(place()));
  await lab.judge(order, verdict("REJECTED", "secret_suspected"));
  await lab.rounds.once();
  await lab.rounds.once();
  expect(existsSync(place())).toBe(false);
  expect(sha256(readFileSync(place("quarantine")))).toBe(before);
  const stored = lab.store.proposal(order.patch_id);
  expect(stored).toMatchObject({ state: "rejected", reasons: [{ code: "secret_suspected" }] });
  expect(stored?.order).toEqual({
    ...order,
    title: "[quarantined]",
    rationale: "[quarantined]",
    patch: "[quarantined]",
    evidence: [],
  });
  expect(count("proposal.quarantined")).toBe(1);
});

test("a crash behind the store's part: the next start moves the order, and says nothing twice", async () => {
  await lab.rounds.once();
  await lab.judge(order, verdict("REJECTED", "secret_suspected"));
  await lab.rounds.once();
  await lab.gatewayExchange.orders.put(order);
  const again = await gatewayLab({ beside: lab });
  await again.rounds.once();
  expect(existsSync(place())).toBe(false);
  expect(count("proposal.quarantined")).toBe(1);
  await again.stop();
});

describe("nobody looked through all of a rejected order", () => {
  test.each<["SKIPPED" | "ERROR"]>([["SKIPPED"], ["ERROR"]])(
    "its files (%s): the lines go, title and names stay",
    async (result) => {
      await lab.rounds.once();
      await lab.judge(order, verdict("REJECTED", "apply_failed", { words: "PASSED", secrets: result }));
      await lab.rounds.once();
      await lab.rounds.once();
      expect([existsSync(place()), existsSync(place("quarantine"))]).toEqual([false, true]);
      expect(lab.store.proposal(order.patch_id)?.order).toEqual(withoutLines(order));
      expect(withoutLines(order).patch).not.toMatch(/one|two/);
      expect(count("proposal.quarantined")).toBe(1);
    },
  );

  test("its words: all of them go", async () => {
    await lab.rounds.once();
    await lab.judge(order, verdict("REJECTED", "apply_failed", { words: "ERROR", secrets: "PASSED" }));
    await lab.rounds.once();
    expect(lab.store.proposal(order.patch_id)?.order).toEqual(withoutWords(order));
  });
});

const ends: readonly [string, () => Promise<unknown>][] = [
  ["withdrawn", () => lab.output("withdraw-patch", { patch_id: order.patch_id })],
  ["expired", async () => lab.later(86_401_000)],
  [
    "superseded",
    () =>
      lab.output(
        "propose-patch",
        proposalArgs(order.base, {
          edits: [{ op: "replace", path: "a.ts", old_text: "one", new_text: "three" }],
          supersedes: order.patch_id,
        }),
      ),
  ],
];
const inExchange = async () => {
  const found = await lab.gatewayExchange.orders.read(order.patch_id);
  return found.kind === "found" ? found.value : found.kind;
};

describe.each(ends)("an order that is %s", (state, end) => {
  test("before anybody looked through it loses its lines, in the store and in the exchange", async () => {
    await lab.rounds.once();
    expect(await inExchange()).toEqual(order);
    await end();
    await lab.rounds.once();
    const stored = lab.store.proposal(order.patch_id);
    expect(stored).toMatchObject({ state, order: withoutLines(order) });
    expect(await inExchange()).toEqual(withoutLines(order));
    expect(readFileSync(`${lab.layout.database}-wal`).includes("+two")).toBe(false);
  });

  test("before it was handed over loses them in the store", async () => {
    await end();
    await lab.rounds.once();
    expect(lab.store.proposal(order.patch_id)).toMatchObject({ state, order: withoutLines(order) });
  });

  test.each<[string, VerdictChanges, boolean]>([
    [
      "without a finding stays in the exchange, for who looks at it",
      verdict("MANUAL_REQUIRED", "apply_failed"),
      true,
    ],
    ["with a suspicion loses its lines", verdict("MANUAL_REQUIRED", "secret_suspected"), false],
  ])("behind a verdict %s", async (_, changes, stays) => {
    await lab.rounds.once();
    await lab.judge(order, changes);
    await lab.rounds.once();
    await end();
    await lab.rounds.once();
    expect(lab.store.proposal(order.patch_id)?.state).toBe(state);
    expect(await inExchange()).toEqual(stays ? order : withoutLines(order));
  });
});

const BOB = "bob@corp.example";
/** By another process, as `privacy erase --withdraw` does it. */
const erase = async (): Promise<void> => {
  const wish = { who: BOB, reason: "request 17", actor: { principal: "os:admin" } };
  const desk = openStore(lab.layout.database, { clock: () => Date.now(), random: (n) => randomBytes(n) });
  expect(desk.erase({ ...wish, withdraw: true, rest: true, dry: false }).kind).toBe("erased");
  desk.close();
};
/** Taken in; the gateway was killed before it took the words. */
const reject = async (id: string): Promise<void> => {
  const note = {
    event: "verdict.received" as const,
    actor: { principal: "countersign" },
    data: { patch_id: id },
  };
  const settled = {
    id: id as Order["patch_id"],
    state: "rejected" as const,
    statement: null,
    reasons: [],
    note,
  };
  expect(lab.store.settle(settled)).toBe(true);
};
const gone: readonly [string, (patch_id: string) => Promise<unknown>][] = [
  ["withdrawn", (patch_id) => lab.output("withdraw-patch", { patch_id }, lab.as(BOB))],
  ["of a person who was erased", erase],
  ["rejected, of a person who was erased before a crash was over", async (id) => (await reject(id), erase())],
];

describe.each(gone)("an order that is %s", (_, end) => {
  test.each([
    ["before a round took its lines", false],
    ["and has no lines any more", true],
  ])(
    "%s: a verdict that comes late and finds a secret takes the words, and says so",
    async (_name, between) => {
      const args = proposalArgs(order.base, {
        edits: [{ op: "replace", path: "a.ts", old_text: "one", new_text: "four" }],
        rationale: "the word is hidden here",
      });
      await lab.output("propose-patch", args, lab.as(BOB));
      const his = lab.store.outbox().find(({ rationale }) => rationale === args["rationale"]) as Order;
      await lab.rounds.once();
      await end(his.patch_id);
      lab.later(10_000);
      if (between) await lab.rounds.once();
      await lab.judge(his, verdict("REJECTED", "secret_suspected", { words: "FAILED", secrets: "PASSED" }));
      await lab.rounds.once();
      await lab.rounds.once();
      const stored = lab.store.proposal(his.patch_id);
      expect(stored?.order).toMatchObject({
        title: "[quarantined]",
        rationale: "[quarantined]",
        evidence: [],
      });
      expect(count("proposal.quarantined")).toBe(1);
      expect(existsSync(join(lab.layout.exchange, "orders", `${his.patch_id}.json`))).toBe(false);
    },
  );
});

test("a crash before the exchange forgot: the next start takes the lines out, also of a late delivery", async () => {
  await lab.rounds.once();
  await lab.output("withdraw-patch", { patch_id: order.patch_id });
  await lab.rounds.once();
  await lab.gatewayExchange.orders.put(order);
  const again = await gatewayLab({ beside: lab });
  await again.rounds.once();
  expect(await inExchange()).toEqual(withoutLines(order));
  await again.stop();
});
