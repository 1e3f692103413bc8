// P10, P20, G10 to G12, I17: what calls cost is counted by caller, with bounds that the caller's scope gives.
import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import type { PatchId } from "../../../src/core/base/ids.ts";
import type { Budget } from "../../../src/core/identity/scope.ts";
import type { CallCost, Store } from "../../../src/io/store/store.ts";
import { costing } from "../../support/credentials.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";

let lab: GatewayLab;
let costs: CallCost[];
const spy = (real: Store): Store => ({
  ...real,
  recordCall(cost, note, refused) {
    costs.push(cost);
    return real.recordCall(cost, note, refused);
  },
});
const open = async (options: Parameters<typeof gatewayLab>[0] = {}): Promise<string> => {
  costs = [];
  lab = await gatewayLab({ store: spy, ...options });
  const base = await lab.publish({ "a.ts": "é one\n", "b.ts": `${"word ".repeat(200_000)}\n` });
  await lab.shelf.refresh();
  return base;
};
afterEach(() => lab.stop());
const last = () => costs.at(-1)!;
const edits = [{ op: "replace", path: "a.ts", old_text: "one", new_text: "two" }];
const budget = (words: Partial<Budget>): { budget: Budget } => ({
  budget: { periodSeconds: 3600, calls: 0, bytes: 0, scanMillis: 0, warnPercent: 80, ...words },
});

describe("what a call costs", () => {
  test("a read costs the bytes of its answer, and a refusal none", async () => {
    await open();
    const outcome = await lab.call("read-file", { path: "a.ts" });
    expect(last().bytes).toBe(outcome.kind === "answer" ? Buffer.byteLength(outcome.text) : 0);
    expect(last().bytes).toBeGreaterThan(200);
    await lab.call("read-file", { path: "none.ts" });
    await lab.call("nope", {});
    expect(costs.slice(-2)).toMatchObject([
      { bytes: 0, scanMillis: 0 },
      { bytes: 0, scanMillis: 0 },
    ]);
  });

  test("a search costs the time that it works", async () => {
    const [step, looks] = [1_000_000, { count: 0 }];
    await open({ tick: () => (looks.count += 1) * step });
    await lab.call("search-files", { query: "(w|o|r|d| ){30}[xyz]", regex: true });
    expect(last().scanMillis).toBeGreaterThanOrEqual(step);
    expect(last().scanMillis / step).toBeLessThan(looks.count);
  });

  test("looking through a listing costs time too", async () => {
    let now = 0;
    await open({ tick: () => (now += 1) });
    await lab.call("read-manifest", { glob: "**" });
    expect(last().scanMillis).toBeGreaterThan(0);
  });

  // Threat: a caller with a dear search uses up the budgets of all who search meanwhile.
  test("nobody pays for what others do meanwhile", async () => {
    let others = 0;
    const search = new AbortController();
    await open({ tick: () => others });
    await lab.publish(Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`f${n}.txt`, `${n}\n`])));
    await lab.shelf.refresh();
    const busy = async (): Promise<void> => {
      for (let n = 0; n < 100_000 && !search.signal.aborted; n++) {
        await setImmediate();
        others += 1_000_000;
      }
    };
    const working = busy();
    expect(await lab.output("search-files", { query: "nothing" })).toMatchObject({ files_searched: 60 });
    search.abort();
    await working;
    expect(others).toBeGreaterThan(10_000_000);
    expect(last().scanMillis).toBeLessThan(1_000_000);
  });

  test("what a write costs is paid with the caller's next call, once, and by nobody else", async () => {
    let now = 0;
    const base = await open({ tick: () => (now += 1) });
    const outcome = await lab.call("propose-patch", proposalArgs(base, { edits }));
    expect(costs).toMatchObject([{ bytes: 0, scanMillis: 0 }]);
    await lab.call("nope", {}, lab.as("other"));
    expect(last()).toMatchObject({ principal: "other", bytes: 0, scanMillis: 0 });
    await lab.call("nope", {});
    const bytes = outcome.kind === "answer" ? Buffer.byteLength(outcome.text) : 0;
    expect(last()).toMatchObject({ principal: "local:stdio", bytes });
    expect(last().scanMillis).toBeGreaterThan(0);
    await lab.call("nope", {});
    expect(last()).toMatchObject({ bytes: 0, scanMillis: 0 });
    await lab.call("propose-patch", proposalArgs(base, { edits: [{ ...edits[0], old_text: "none" }] }));
    await lab.call("nope", {});
    expect(last().bytes).toBe(0);
    expect(last().scanMillis).toBeGreaterThan(0);
  });

  test("waiting for the verdict costs nothing", async () => {
    let elsewhere = 0;
    const base = await open({ tick: () => elsewhere });
    const turning = setInterval(() => (elsewhere += 10_000), 50);
    await lab.call("propose-patch", proposalArgs(base, { edits, wait_seconds: 60 }));
    clearInterval(turning);
    expect(elsewhere).toBeGreaterThan(50_000);
    await lab.call("nope", {});
    expect(last().scanMillis).toBeLessThan(10_000);
  });
});

describe("a budget", () => {
  test("of ten calls: the eighth warns, the eleventh is refused with the time to wait, for one caller only", async () => {
    await open();
    const spender = lab.as("spender", budget({ calls: 10 }));
    for (let n = 1; n <= 10; n++) {
      expect(await lab.code("read-file", { path: "a.ts" }, spender)).toBeUndefined();
      const warnings = lab.entries().filter(({ event }) => event === "budget.warning");
      expect(warnings).toHaveLength(n < 8 ? 0 : 1);
    }
    expect(await lab.call("read-file", { path: "a.ts" }, spender)).toMatchObject({
      kind: "refused",
      refusal: { code: "budget_exhausted", retry_after: expect.any(Number) as number },
    });
    expect(lab.entries().at(-1)).toMatchObject({
      event: "call.refused",
      data: { reason: "budget_exhausted" },
    });
    expect(await lab.code("read-file", { path: "a.ts" }, lab.as("thrifty", budget({ calls: 10 })))).toBe(
      undefined,
    );
    lab.later(3_601_000);
    expect(await lab.code("read-file", { path: "a.ts" }, spender)).toBeUndefined();
  });

  test("of bytes is overdrawn by what runs at once at most", async () => {
    await open();
    const spender = lab.as("spender", budget({ bytes: 1000 }));
    const codes = await Promise.all(
      Array.from({ length: 20 }, () => lab.code("read-file", { path: "a.ts" }, spender)),
    );
    const size = costs[0]!.bytes;
    const answered = codes.filter((code) => code === undefined).length;
    expect(answered).toBe(Math.ceil(1000 / size));
    expect(codes.filter((code) => code === "budget_exhausted")).toHaveLength(20 - answered);
  });

  // Threat: a hundred searches side by side are let in while there is budget, and work long after it is gone.
  test("of search time stops searches that were let in and wait for their turn", async () => {
    let searched = 0;
    await open();
    const spender = lab.as("spender", budget({ scanMillis: 1 }));
    const args = { query: "(w|o|r|d| ){30}[xyz]", regex: true };
    const codes = await Promise.all(
      Array.from({ length: 20 }, () => lab.code("search-files", args, spender)),
    );
    searched = costs.filter(({ scanMillis }) => scanMillis > 0).length;
    expect(searched).toBeGreaterThan(0);
    expect(searched).toBeLessThanOrEqual(4);
    expect(codes.filter((code) => code === "budget_exhausted").length).toBeGreaterThanOrEqual(16);
  });
});

// Threat: calls that come in one turn of the event loop are let in together, because none of them is counted yet.
describe("a hundred calls side by side", () => {
  const limits = { perMinute: 7, perHour: 100, maxPending: 100 };
  const asks: readonly [
    string,
    (base: string, n: number) => readonly [string, unknown],
    string | undefined,
  ][] = [
    ["reads", () => ["read-file", { path: "a.ts" }], undefined],
    ["calls of what is not there", () => ["nope", {}], "tool_unknown"],
    [
      "proposals",
      (base, n) => [
        "propose-patch",
        proposalArgs(base, { edits: [{ op: "create", path: `n${n}.ts`, new_text: "x\n" }] }),
      ],
      undefined,
    ],
  ];

  test.each(asks)("%s: exactly as many as the minute allows, few refusals recorded", async (_, ask, own) => {
    const base = await open();
    const caller = lab.as("hasty", { limits });
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (__, n) => lab.code(...ask(base, n), caller)),
    );
    expect(outcomes.filter((code) => code === own)).toHaveLength(7);
    expect(outcomes.filter((code) => code === "rate_calls")).toHaveLength(93);
    const mine = lab.entries().filter(({ actor }) => actor.principal === "hasty");
    expect(mine.filter(({ data }) => data["reason"] === "rate_calls")).toHaveLength(10);
    expect(lab.store.excess(costing({ principal: "hasty", perMinute: 8 }), 0)).toBeUndefined();
  });

  test.each(asks)("%s: exactly as many as the budget allows", async (_, ask, own) => {
    const base = await open();
    const caller = lab.as("spender", { ...budget({ calls: 7 }), limits: { ...limits, perMinute: 1000 } });
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (__, n) => lab.code(...ask(base, n), caller)),
    );
    expect(outcomes.filter((code) => code === own)).toHaveLength(7);
    expect(outcomes.filter((code) => code === "budget_exhausted")).toHaveLength(93);
  });
});

describe("limits of the scope, not of the configuration", () => {
  const limits = { perMinute: 100, perHour: 100, maxPending: 100 };
  const propose = (base: string, n: number, caller: ReturnType<GatewayLab["as"]>) =>
    lab.call(
      "propose-patch",
      proposalArgs(base, { edits: [{ op: "create", path: `n${n}.ts`, new_text: "x\n" }] }),
      caller,
    );
  const codeOf = (outcome: Awaited<ReturnType<typeof propose>>) =>
    outcome.kind === "answer" ? undefined : outcome.refusal.code;

  test("calls a minute, one caller beside the other", async () => {
    await open();
    const few = { limits: { ...limits, perMinute: 2 } };
    const [a, b] = [lab.as("a", few), lab.as("b", few)];
    for (const code of [undefined, undefined, "rate_calls"])
      expect(await lab.code("read-file", { path: "a.ts" }, a)).toBe(code);
    for (const code of [undefined, undefined, "rate_calls"])
      expect(await lab.code("read-file", { path: "a.ts" }, b)).toBe(code);
    expect(await lab.call("read-file", { path: "a.ts" }, b)).toMatchObject({
      refusal: { message: "more than 2 calls in a minute", retry_after: expect.any(Number) as number },
    });
  });

  test("proposals an hour", async () => {
    const base = await open();
    const few = { limits: { ...limits, perHour: 2 } };
    const [a, b] = [lab.as("a", few), lab.as("b", few)];
    const codes = [];
    for (let n = 0; n < 3; n++) codes.push(codeOf(await propose(base, n, a)));
    expect(codes).toEqual([undefined, undefined, "rate_proposals"]);
    expect(codeOf(await propose(base, 4, b))).toBeUndefined();
  });

  test("waiting proposals, also of twenty at once", async () => {
    const base = await open();
    const few = { limits: { ...limits, maxPending: 3 } };
    const [a, b] = [lab.as("a", few), lab.as("b", few)];
    const codes = (await Promise.all(Array.from({ length: 20 }, (_, n) => propose(base, n, a)))).map(codeOf);
    expect(codes.filter((code) => code === undefined)).toHaveLength(3);
    expect(codes.filter((code) => code === "too_many_pending")).toHaveLength(17);
    expect(codeOf(await propose(base, 30, b))).toBeUndefined();
  });
});

describe("whose proposals", () => {
  const status = (id: PatchId, caller: ReturnType<GatewayLab["as"]>) =>
    lab.call("patch-status", { patch_id: id }, caller);
  const unknown = { kind: "refused", refusal: { code: "patch_unknown" } };

  test("proposers see their own; reviewers and admins all, with the proposer's name, as far as they see the files", async () => {
    const base = await open();
    const author = lab.as("author", { roles: ["proposer"] });
    const answer = await lab.output("propose-patch", proposalArgs(base, { edits }), author);
    const id = answer["patch_id"] as PatchId;
    expect(answer).not.toHaveProperty("proposer");
    expect(await lab.output("patch-status", { patch_id: id }, author)).not.toHaveProperty("proposer");
    expect(await status(id, lab.as("peer", { roles: ["proposer"] }))).toMatchObject(unknown);
    for (const role of ["reviewer", "admin"] as const) {
      const whole = await lab.output("patch-status", { patch_id: id }, lab.as(role, { roles: [role] }));
      expect(whole).toMatchObject({ patch_id: id, proposer: "author" });
      expect(await status(id, lab.as(role, { roles: [role], paths: [["a.*"]] }))).toMatchObject({
        kind: "answer",
      });
      expect(await status(id, lab.as(role, { roles: [role], paths: [["b.*"]] }))).toMatchObject(unknown);
    }
  });

  test("a proposal whose old name is out of sight is out of sight", async () => {
    const base = await open();
    const moved = [{ op: "rename", path: "a.ts", new_path: "c.ts" }];
    const answer = await lab.output("propose-patch", proposalArgs(base, { edits: moved }), lab.as("author"));
    const reviewer = lab.as("r", { roles: ["reviewer"], paths: [["c.ts"]] });
    expect(await status(answer["patch_id"] as PatchId, reviewer)).toMatchObject(unknown);
  });

  test("nobody withdraws or supersedes what somebody else proposed, an admin neither", async () => {
    const base = await open();
    const answer = await lab.output("propose-patch", proposalArgs(base, { edits }), lab.as("author"));
    const id = answer["patch_id"] as PatchId;
    const admin = lab.as("admin", { roles: ["admin"] });
    expect(await lab.code("withdraw-patch", { patch_id: id }, admin)).toBe("patch_unknown");
    expect(await lab.code("propose-patch", proposalArgs(base, { edits, supersedes: id }), admin)).toBe(
      "patch_unknown",
    );
    expect(lab.store.proposal(id)?.state).toBe("pending");
  });
});
