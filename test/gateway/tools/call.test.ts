// The corridor: what is refused, in which order, and what is recorded of it.
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { canonical } from "../../../src/core/base/canonical.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { refusal } from "../../../src/core/base/refusal.ts";
import { openCorridor } from "../../../src/gateway/tools/call.ts";
import type { Caller, Prepared, Tool } from "../../../src/gateway/tools/tool.ts";
import { openLog } from "../../../src/io/log/log.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";

let lab: GatewayLab;
const caller = (): Caller => ({
  ...lab.as("p"),
  credential: "local",
  session: "s",
  progress: () => undefined,
  signal: new AbortController().signal,
});
const open = async (toml = ""): Promise<void> => {
  lab = await gatewayLab({ toml });
  await lab.publish({ "a.ts": "secret text\n" });
  await lab.shelf.refresh();
};
afterEach(() => lab.stop());
const last = () => lab.entries().at(-1)!;

describe("every refusal is recorded with its code, reference and trace", () => {
  beforeEach(() => open("[proposal]\nmax_call_bytes = 2000\n"));

  test.each([
    [
      "an unknown tool",
      "delete-file",
      {},
      "fault",
      "tool_unknown",
      "size=true principal=true tool=false authorized=unknown incident=unknown schema=unknown rate=true budget=true",
    ],
    [
      "a name of an object",
      "constructor",
      {},
      "fault",
      "tool_unknown",
      "size=true principal=true tool=false authorized=unknown incident=unknown schema=unknown rate=true budget=true",
    ],
    [
      "a __proto__",
      "__proto__",
      {},
      "fault",
      "tool_unknown",
      "size=true principal=true tool=false authorized=unknown incident=unknown schema=unknown rate=true budget=true",
    ],
    [
      "the other name style",
      "read_file",
      { path: "a.ts" },
      "fault",
      "tool_unknown",
      "size=true principal=true tool=false authorized=unknown incident=unknown schema=unknown rate=true budget=true",
    ],
    [
      "a name of 257 characters",
      "x".repeat(257),
      {},
      "fault",
      "tool_unknown",
      "size=true principal=true tool=false authorized=unknown incident=unknown schema=unknown rate=true budget=true",
    ],
    [
      "too many bytes",
      "read-file",
      { path: "x".repeat(3000) },
      "refused",
      "call_too_large",
      "size=false principal=true tool=true authorized=true incident=true schema=unknown rate=true budget=true",
    ],
    [
      "a lone surrogate",
      "read-file",
      { path: "\ud800" },
      "refused",
      "input_invalid",
      "size=false principal=true tool=true authorized=true incident=true schema=unknown rate=true budget=true",
    ],
    [
      "a schema fault",
      "read-file",
      { path: 1 },
      "refused",
      "input_invalid",
      "size=true principal=true tool=true authorized=true incident=true schema=false rate=true budget=true",
    ],
    [
      "arguments that are no object",
      "read-file",
      [],
      "refused",
      "input_invalid",
      "size=true principal=true tool=true authorized=true incident=true schema=false rate=true budget=true",
    ],
    [
      "a refusal of the handler",
      "read-file",
      { path: "b.ts" },
      "refused",
      "not_listed",
      "size=true principal=true tool=true authorized=true incident=true schema=true rate=true budget=true",
    ],
  ])("%s", async (_, name, args, kind, code, gate) => {
    const outcome = await lab.call(name, args);
    expect(outcome).toMatchObject({ kind, refusal: { code } });
    const entry = last();
    expect(entry).toMatchObject({
      event: "call.refused",
      actor: { principal: "local:stdio", session: "session-1" },
      data: { reason: code, gate },
    });
    expect(entry.data["ref"]).toBe(outcome.kind === "answer" ? "" : outcome.refusal.ref);
    expect(String(entry.data["tool"]).length).toBeLessThanOrEqual(256);
  });

  test("a name of 256 characters is merely unknown; the reference is the same for the same fault", async () => {
    const outcomes = [
      await lab.call("x".repeat(256), {}),
      await lab.call("x".repeat(256), {}),
      await lab.call("x".repeat(257), {}),
    ];
    const [one, two, three] = outcomes.map((outcome) =>
      outcome.kind === "answer" ? undefined : outcome.refusal,
    );
    expect(one).toEqual(two);
    expect(one!.message).toBe("there is no such tool");
    expect(three!.message).toContain("longer than 256");
  });

  test("nobody is not somebody", async () => {
    expect(await lab.code("read-file", { path: "a.ts" }, { principal: "" })).toBeDefined();
  });

  test("the digest is of the canonical arguments, whatever their order", async () => {
    await lab.call("read-file", { path: "a.ts", max_lines: 1 });
    await lab.call("read-file", { max_lines: 1, path: "a.ts" });
    const digests = lab
      .entries()
      .slice(-2)
      .map(({ data }) => data["arguments_sha256"]);
    expect(new Set(digests)).toEqual(new Set([sha256(canonical({ path: "a.ts", max_lines: 1 }))]));
  });

  test("size is counted in bytes, at the boundary and one beyond", async () => {
    const args = (length: number) => ({ query: "qq", glob: "é".repeat(length) });
    const room = 2000 - Buffer.byteLength(canonical({ query: "qq", glob: "" }));
    expect(room % 2).toBe(0);
    // 512 characters is the schema's limit: the gate's order shows which of the two it was.
    expect(await lab.code("search-files", args(room / 2))).toBe("input_invalid");
    expect(await lab.code("search-files", args(room / 2 + 1))).toBe("call_too_large");
  });
});

describe("calls per minute", () => {
  beforeEach(() => open("[calls]\nper_minute = 3\n"));

  test("the fourth is refused and recorded, refused ones count, and a minute later there is room", async () => {
    await lab.call("read-file", { path: "a.ts" });
    await lab.call("read-file", { path: 1 });
    await lab.call("nope", {});
    expect(await lab.code("read-file", { path: "a.ts" })).toBe("rate_calls");
    expect(last()).toMatchObject({
      event: "call.refused",
      data: { reason: "rate_calls", tool: "read-file" },
    });
    expect(await lab.code("read-file", { path: "a.ts" }, { principal: "other" })).toBeUndefined();
    lab.later(62_000);
    expect(await lab.code("read-file", { path: "a.ts" })).toBeUndefined();
  });

  test("calls side by side cannot slip through together", async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () => lab.code("read-file", { path: "a.ts" })),
    );
    expect(outcomes.filter((code) => code === undefined)).toHaveLength(3);
    expect(outcomes.filter((code) => code === "rate_calls")).toHaveLength(5);
  });

  test("calls side by side do no work beyond the limit, and their caller is held back", async () => {
    let ran = 0;
    let floods = 0;
    const read = lab.tools.get("read-file")!;
    const spy: Tool = {
      ...read,
      prepare(args) {
        const prepared = read.prepare(args);
        if (!prepared.ok) return prepared;
        const run: Prepared["run"] = (call) => {
          ran += 1;
          return setImmediate().then(() => prepared.value.run(call));
        };
        return { ok: true, value: { ...prepared.value, run } };
      },
    };
    const corridor = openCorridor({
      tools: new Map([["read-file", spy]]),
      gates: lab.gates,
      incidents: lab.gatewayExchange.incidents,
      store: lab.store,
      clock: Date.now,
      maxCallBytes: 1000,
      log: openLog("error", { write: () => undefined }),
      fatal: () => undefined,
      flooded: () => void (floods += 1),
    });
    const call = () => corridor.call("read-file", { path: "a.ts" }, caller());
    const outcomes = await Promise.all(Array.from({ length: 6 }, call));
    expect(outcomes.map(({ kind }) => kind).join()).toBe("answer,answer,answer,refused,refused,refused");
    expect(ran).toBe(3);
    expect(floods).toBeGreaterThanOrEqual(3);
    floods = 0;
    corridor.reject("message", refusal("input_invalid", "no request"), caller());
    expect(floods).toBe(1);
    expect(lab.entries().filter(({ event }) => event.startsWith("call."))).toHaveLength(7);
  });

  test("of proposals side by side, no more than the limit are stored", async () => {
    const base = lab.shelf.current()!.digest;
    const propose = (n: number) =>
      lab.code(
        "propose-patch",
        proposalArgs(base, { edits: [{ op: "create", path: `b${n}.ts`, new_text: "x\n" }] }),
      );
    const codes = await Promise.all(Array.from({ length: 5 }, (_, n) => propose(n)));
    expect(codes.filter((code) => code === "rate_calls")).toHaveLength(2);
    expect(lab.store.outbox()).toHaveLength(3);
  });

  test("over the limit, a proposal is not stored", async () => {
    for (let n = 0; n < 3; n++) await lab.call("nope", {});
    const base = lab.shelf.current()!.digest;
    expect(
      await lab.code(
        "propose-patch",
        proposalArgs(base, { edits: [{ op: "create", path: "b.ts", new_text: "x\n" }] }),
      ),
    ).toBe("rate_calls");
    expect(lab.store.outbox()).toEqual([]);
  });
});

test("an empty table refuses everything, and what is no call is recorded too", async () => {
  await open();
  const log = openLog("error", { write: () => undefined });
  const corridor = openCorridor({
    tools: new Map(),
    gates: lab.gates,
    incidents: lab.gatewayExchange.incidents,
    store: lab.store,
    clock: Date.now,
    maxCallBytes: 1000,
    log,
    fatal: () => undefined,
  });
  expect(await corridor.call("read-file", { path: "a.ts" }, caller())).toMatchObject({ kind: "fault" });
  const said = refusal("input_invalid", "no request");
  expect(corridor.reject("message\u001b[2J", said, caller())).toEqual({ kind: "fault", refusal: said });
  expect(last()).toMatchObject({
    event: "call.refused",
    data: { tool: "message\\u{1b}[2J", reason: "input_invalid", ref: said.ref },
  });
});
