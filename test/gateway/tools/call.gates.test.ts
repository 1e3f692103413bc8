// D02, D35: the policy's gates of the tools. What is held, what it costs, what is recorded, and who learns what of it.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import type { Gates } from "../../../src/gateway/gates/gates.ts";
import type { Denial, Outcome } from "../../../src/gateway/tools/call.ts";
import type { Caller } from "../../../src/gateway/tools/tool.ts";
import { ALWAYS, condition, gate, NEVER } from "../../support/gates.ts";
import { type GatewayLab, gatewayLab, type LabOptions, proposalArgs } from "../../support/gateway.ts";

const PATCH = "00000000-0000-4000-8000-000000000000";
const CALLS: readonly (readonly [tool: string, args: object])[] = [
  ["read-manifest", {}],
  ["read-file", { path: "a.ts" }],
  ["search-files", { query: "text" }],
  ["patch-status", { patch_id: PATCH }],
  ["withdraw-patch", { patch_id: PATCH }],
];

let lab: GatewayLab;
let base: string;
let asked = 0;
const counting = (real: Gates): Gates => ({
  ...real,
  async facts(...about) {
    asked += 1;
    await setImmediate();
    return real.facts(...about);
  },
});
const open = async (toml: string, options: LabOptions = {}): Promise<void> => {
  asked = 0;
  lab = await gatewayLab({ toml, gates: counting, ...options });
  base = await lab.publish({ "a.ts": "some text\n" });
  await lab.shelf.refresh();
};
afterEach(() => lab.stop());
const read = (caller: Partial<Caller> = {}): Promise<Outcome> =>
  lab.call("read-file", { path: "a.ts" }, caller);
const gateTold = (outcome: Outcome): Denial["gate"] => (outcome.kind === "answer" ? undefined : outcome.gate);
const last = () => lab.entries().at(-1)!;
const edits = [{ op: "replace", path: "a.ts", old_text: "some", new_text: "other" }];

describe("a gate whose condition is not met", () => {
  test.each(CALLS)("holds %s, and no other tool", async (tool, args) => {
    await open(ALWAYS + NEVER + gate(tool, '"never"'));
    expect(await lab.call(tool, args)).toMatchObject({
      kind: "refused",
      refusal: { code: "condition_false", where: "never" },
      gate: { gate: tool, state: "false", condition: "never", reason: "condition_false" },
    });
    expect(last()).toMatchObject({ event: "call.refused", data: { tool, reason: "condition_false" } });
    for (const [other, more] of CALLS)
      if (other !== tool) expect(await lab.code(other, more)).not.toBe("condition_false");
  });

  test.each(CALLS)("and one whose condition is met lets %s pass", async (tool, args) => {
    await open(ALWAYS + gate(tool, '"always"'));
    expect([undefined, "patch_unknown"]).toContain(await lab.code(tool, args));
    expect(asked).toBe(1);
    const entry = lab.entries().find(({ event, data }) => event.startsWith("call.") && data["tool"] === tool);
    expect(entry?.data).toMatchObject({ policy_state: "true", trace: "always=true" });
  });

  test("keeps a write from its effect, and no entry says that it was allowed", async () => {
    await open(NEVER + gate("withdraw-patch", '"never"'));
    const { patch_id } = await lab.output("propose-patch", proposalArgs(base, { edits }));
    const allowed = () => lab.entries().filter(({ event }) => event === "call.allowed").length;
    const before = allowed();
    expect(await lab.code("withdraw-patch", { patch_id })).toBe("condition_false");
    expect(allowed()).toBe(before);
    expect(await lab.output("patch-status", { patch_id })).toMatchObject({ state: "pending" });
  });
});

describe("evidence that cannot be had holds the gate", () => {
  const toml = (folder: string): string =>
    condition(
      "report",
      "json",
      { check: "path", file: "ci.json", jsonpath: "$.ok" },
      true,
      'type = "boolean"',
    ) +
    `[evidence.json]\nroot = "${folder}"\n` +
    gate("read-file", '"report"');
  const write = (text: string): void => {
    mkdirSync(join(lab.layout.root, "reports"), { recursive: true });
    writeFileSync(join(lab.layout.root, "reports", "ci.json"), text);
  };

  test("a report: true opens; false, another type, nothing and rubbish do not, and true opens again", async () => {
    await open(toml("reports"));
    write('{"ok":true}');
    expect(await lab.code("read-file", { path: "a.ts" })).toBeUndefined();
    for (const [text, code] of [
      ['{"ok":false}', "condition_false"],
      ['{"ok":"true"}', "evidence_type"],
      ["{}", "provider_error"],
      ['{"ok":true', "provider_error"],
      ['{"ok":true,"ok":true}', "provider_error"],
    ] as const) {
      write(text);
      expect(await lab.code("read-file", { path: "a.ts" }), text).toBe(code);
    }
    rmSync(join(lab.layout.root, "reports", "ci.json"));
    expect(await lab.code("read-file", { path: "a.ts" })).toBe("provider_error");
    expect(last().data["trace"]).toBe("report=unknown:provider_error:json_file_not_found");
    rmSync(join(lab.layout.root, "reports"), { recursive: true });
    expect(await lab.code("read-file", { path: "a.ts" })).toBe("provider_error");
    expect(last().data["trace"]).toBe("report=unknown:provider_error:json_root");
    write('{"ok":true}');
    expect(await lab.code("read-file", { path: "a.ts" })).toBeUndefined();
  });

  const window = condition("window", "env", { check: "get", key: "DEPLOY_WINDOW" }, "open");
  const allow = '[evidence.env]\nallow = ["DEPLOY_WINDOW"]\n';
  test.each([
    ["set", { DEPLOY_WINDOW: "open" }, allow, undefined],
    ["set otherwise", { DEPLOY_WINDOW: "closed" }, allow, "condition_false"],
    ["not set", {}, allow, "evidence_missing"],
  ] as const)("a variable that is %s", async (_, env, listed, code) => {
    await open(window + listed + gate("read-file", '"window"'), { env });
    expect(await lab.code("read-file", { path: "a.ts" })).toBe(code);
  });

  test("who is calling is verified here: the gateway authenticated it", async () => {
    await open(
      condition("me", "caller", { check: "principal" }, "alice", 'min_lane = "verified"') +
        gate("read-file", '"me"'),
    );
    expect((await read(lab.as("alice"))).kind).toBe("answer");
    expect(await read(lab.as("mallory"))).toMatchObject({ refusal: { code: "condition_false" } });
  });

  test("a fault of ours is a recorded no", async () => {
    await open(ALWAYS + gate("read-file", '"always"'), {
      gates: (real) => ({ ...real, facts: () => Promise.reject(new Error("a fault")) }),
    });
    expect(await lab.code("read-file", { path: "a.ts" })).toBe("internal");
    expect(last()).toMatchObject({ event: "call.refused", data: { reason: "internal" } });
  });
});

describe("no evidence is gathered", () => {
  const toml = ALWAYS + gate("read-file", '"always"') + gate("withdraw-patch", '"always"');
  test("for a tool without a gate", async () => {
    await open(toml);
    await lab.call("read-manifest", {});
    expect(asked).toBe(0);
  });

  test.each([
    ["without the right to the tool", { path: "a.ts" }, { tools: [] as const }, "unauthorized"],
    ["whose arguments do not fit", { path: 1 }, {}, "input_invalid"],
  ])("for a caller %s", async (_, args, words, code) => {
    await open(toml);
    expect(await lab.code("read-file", args, lab.as("p", words))).toBe(code);
    expect(asked).toBe(0);
    expect(last().data).not.toHaveProperty("trace");
  });

  // Threat: evidence takes time, and calls that are not counted yet could all ask for it at once.
  test.each([
    ["read-file", { path: "a.ts" }],
    ["withdraw-patch", { patch_id: PATCH }],
  ])("for a flood of %s: no more than the limit ask, also side by side", async (tool, args) => {
    await open(`[calls]\nper_minute = 3\n${toml}`);
    const codes = await Promise.all(Array.from({ length: 12 }, () => lab.code(tool, args)));
    expect(codes.filter((code) => code === "rate_calls")).toHaveLength(9);
    expect(asked).toBe(3);
    expect(await lab.code(tool, args)).toBe("rate_calls");
    expect(asked).toBe(3);
  });
});

describe("the entry of a held call", () => {
  test("has every condition with state and reason, in pieces that the log takes", async () => {
    const ids = Array.from({ length: 128 }, (_, n) => `c${String(n).padStart(3, "0")}${"x".repeat(36)}`);
    const conditions = ids.map((id, n) =>
      n % 2 === 0
        ? condition(id, "time", { check: "after", instant: `${1800 + n}-01-01T00:00:00Z` }, true)
        : condition(id, "json", { check: "path", file: `${n}.json` }, true, 'type = "boolean"'),
    );
    // The preset brings one that belongs to its own gates.
    const root = '[evidence.json]\nroot = "reports"\n';
    const toml =
      conditions.slice(1).join("") + root + gate("read-file", `{ all = ${JSON.stringify(ids.slice(1))} }`);
    await open(toml);
    expect(await lab.code("read-file", { path: "a.ts" })).toBe("provider_error");
    const { data } = last();
    const numbered = Array.from({ length: 30 }, (_, n) => (n === 0 ? "trace" : `trace_${n + 1}`));
    const pieces = numbered.filter((key) => Object.hasOwn(data, key));
    expect(pieces.length).toBeGreaterThan(5);
    const words = pieces.flatMap((key) => String(data[key]).split(" "));
    expect(words).toEqual(
      ids.slice(1).map((id, at) => (at % 2 === 1 ? `${id}=true` : `${id}=unknown:provider_error:json_root`)),
    );
    expect(data).toMatchObject({
      policy_state: "unknown",
      gate: expect.stringContaining("schema=true") as string,
    });
  });
});

describe("what a caller learns (D35)", () => {
  const SECRET = `canary-${crypto.randomUUID()}`;
  const policy = (more: string): string =>
    more +
    condition("word", "env", { check: "get", key: "WORD" }, "x") +
    ALWAYS +
    '[evidence.env]\nallow = ["WORD"]\n' +
    gate("read-file", '{ all = ["always", "word"] }');
  const env = { WORD: SECRET };
  const summary = { gate: "read-file", state: "false", condition: null, reason: "condition_false" };
  const trace = {
    ...summary,
    condition: "word",
    conditions: [
      { id: "always", state: "true", reason: null },
      { id: "word", state: "false", reason: "condition_false" },
    ],
  };
  const remote = { credential: "token:0123456789abcdef" };
  const FEEDBACK = '[feedback]\ndefault = "summary"\nlocal = "trace"\n';

  test.each([
    ["a remote caller: the summary", FEEDBACK, "bot", remote, summary],
    ["a local caller: the trace", FEEDBACK, "bot", {}, trace],
    ["a caller that is named: the trace", `${FEEDBACK}trace = ["bot"]\n`, "bot", remote, trace],
    ["somebody else: the summary", `${FEEDBACK}trace = ["bot"]\n`, "other", remote, summary],
    ["a role that is named: the trace", `${FEEDBACK}trace = ["role:reviewer"]\n`, "bot", remote, trace],
  ])("%s", async (_, toml, name, caller, told) => {
    await open(policy(toml), { env });
    const outcome = await read({ ...lab.as(name), ...caller });
    expect(gateTold(outcome)).toEqual(told);
    // The refusal says as much as the view, and no more; the entry that its reference leads to says everything.
    const traced = told.condition !== null;
    const message = traced
      ? "gate read-file: condition word is false: condition_false"
      : "gate read-file is false";
    const expected = { code: "condition_false", message, where: traced ? "word" : "" };
    expect(outcome).toMatchObject({ refusal: expected });
    const { ref } = (outcome as Denial).refusal;
    expect(last().data).toMatchObject({
      ref,
      where: "word",
      trace: "always=true word=false:condition_false",
    });
  });

  const RAW = ["allow_raw_values", "require_provider_opt_in", "raw_providers"] as const;
  test.each([
    [false, false, [], false],
    [false, false, ["env"], false],
    [false, true, [], false],
    [false, true, ["env"], false],
    [true, false, [], true],
    [true, false, ["env"], true],
    [true, true, [], false],
    [true, true, ["env"], true],
  ])("evidence with %s, %s, %j shows the value: %s", async (allow, optIn, providers, shows) => {
    const terms = [allow, optIn, providers].map((value, at) => `${RAW[at]} = ${JSON.stringify(value)}`);
    const toml = `[evidence]\n${terms.join("\n")}\n[feedback]\nevidence = ["bot"]\n`;
    await open(policy(toml), { env });
    const outcome = await read({ ...lab.as("bot"), ...remote });
    const [, word] = gateTold(outcome)?.conditions ?? [];
    expect(word).toMatchObject({
      id: "word",
      lane: "verified",
      value: shows ? JSON.stringify(SECRET) : null,
    });
    expect(word?.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(outcome).includes(SECRET)).toBe(shows);
    expect(JSON.stringify(lab.entries())).not.toContain(SECRET);
  });

  test("a hash cannot be guessed, nor compared with that of another process", async () => {
    const told: unknown[] = [];
    for (let run = 0; run < 2; run++) {
      await open(policy('[feedback]\nevidence = ["bot"]\n'), { env });
      told.push(gateTold(await read({ ...lab.as("bot"), ...remote }))?.conditions?.[1]?.digest);
      if (run === 0) await lab.stop();
    }
    expect(new Set(told).size).toBe(2);
  });
});
