// The corridor: what is refused, in which order, what is recorded of it, and what happens when the log cannot be written.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { canonical } from "../../../src/core/base/canonical.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { CountersignError } from "../../../src/core/base/failure.ts";
import { refusal } from "../../../src/core/base/refusal.ts";
import { openCorridor } from "../../../src/gateway/tools/call.ts";
import { openLog } from "../../../src/io/log/log.ts";
import type { Store } from "../../../src/io/store/store.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";

let lab: GatewayLab;
const open = async (toml = "", store?: (real: Store) => Store): Promise<void> => {
  lab = await gatewayLab({ toml, ...(store === undefined ? {} : { store }) });
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
      "size=true schema=unknown principal=true tool=false rate=true",
    ],
    [
      "a name of an object",
      "constructor",
      {},
      "fault",
      "tool_unknown",
      "size=true schema=unknown principal=true tool=false rate=true",
    ],
    [
      "a __proto__",
      "__proto__",
      {},
      "fault",
      "tool_unknown",
      "size=true schema=unknown principal=true tool=false rate=true",
    ],
    [
      "the other name style",
      "read_file",
      { path: "a.ts" },
      "fault",
      "tool_unknown",
      "size=true schema=unknown principal=true tool=false rate=true",
    ],
    [
      "a name of 257 characters",
      "x".repeat(257),
      {},
      "fault",
      "tool_unknown",
      "size=true schema=unknown principal=true tool=false rate=true",
    ],
    [
      "too many bytes",
      "read-file",
      { path: "x".repeat(3000) },
      "refused",
      "call_too_large",
      "size=false schema=false principal=true tool=true rate=true",
    ],
    [
      "a lone surrogate",
      "read-file",
      { path: "\ud800" },
      "refused",
      "input_invalid",
      "size=false schema=false principal=true tool=true rate=true",
    ],
    [
      "a schema fault",
      "read-file",
      { path: 1 },
      "refused",
      "input_invalid",
      "size=true schema=false principal=true tool=true rate=true",
    ],
    [
      "arguments that are no object",
      "read-file",
      [],
      "refused",
      "input_invalid",
      "size=true schema=false principal=true tool=true rate=true",
    ],
    [
      "a refusal of the handler",
      "read-file",
      { path: "b.ts" },
      "refused",
      "not_listed",
      "size=true schema=true principal=true tool=true rate=true",
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

describe("what fails inside", () => {
  const calls: string[] = [];
  const breaking =
    (fault: (method: string) => Error | undefined) =>
    (real: Store): Store =>
      new Proxy(real, {
        get(target, name: string) {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== "function") return value;
          return (...args: unknown[]): unknown => {
            calls.push(name);
            const error = fault(name);
            if (error !== undefined) throw error;
            return Reflect.apply(value, target, args);
          };
        },
      });

  test("a handler that throws is a refusal, recorded, without a word about why", async () => {
    await open(
      "",
      breaking((method) => (method === "proposal" ? new TypeError("CANARY in /secret/place") : undefined)),
    );
    const outcome = await lab.call("patch-status", { patch_id: "00000000-0000-4000-8000-000000000000" });
    expect(outcome).toMatchObject({ kind: "refused", refusal: { code: "internal", where: "patch-status" } });
    expect(last()).toMatchObject({
      event: "call.refused",
      data: { reason: "internal", tool: "patch-status" },
    });
    expect(JSON.stringify([outcome, lab.entries()])).not.toContain("CANARY");
    expect(lab.fatal).toEqual([]);
  });

  test("when the entry cannot be written nothing is disclosed, and the process is told to stop", async () => {
    let broken = false;
    await open(
      "",
      breaking((method) =>
        broken && method === "recordCall" ? new CountersignError("storage", "disk full") : undefined,
      ),
    );
    broken = true;
    const outcome = await lab.call("read-file", { path: "a.ts" });
    expect(outcome).toMatchObject({ kind: "refused", refusal: { code: "internal" } });
    expect(JSON.stringify(outcome)).not.toContain("secret text");
    expect(lab.fatal.map(({ exitCode }) => exitCode)).toEqual([74]);
    // A later write may seem to work; a failed fsync must not be taken back.
    broken = false;
    calls.length = 0;
    expect(await lab.code("read-file", { path: "a.ts" })).toBe("internal");
    expect(calls).toEqual([]);
  });

  test("when a proposal cannot be recorded first, it is not made", async () => {
    let broken = false;
    await open(
      "",
      breaking((method) =>
        broken && method === "recordCall" ? new CountersignError("storage", "disk full") : undefined,
      ),
    );
    broken = true;
    const base = lab.shelf.current()!.digest;
    expect(
      await lab.code(
        "propose-patch",
        proposalArgs(base, { edits: [{ op: "create", path: "b.ts", new_text: "x\n" }] }),
      ),
    ).toBe("internal");
    expect(lab.store.outbox()).toEqual([]);
  });
});

test("an empty table refuses everything, and what is no call is recorded too", async () => {
  await open();
  const log = openLog("error", { write: () => undefined });
  const corridor = openCorridor({
    tools: new Map(),
    store: lab.store,
    perMinute: 10,
    maxCallBytes: 1000,
    log,
    fatal: () => undefined,
  });
  const caller = {
    principal: "p",
    session: "s",
    progress: () => undefined,
    signal: new AbortController().signal,
  };
  expect(await corridor.call("read-file", { path: "a.ts" }, caller)).toMatchObject({ kind: "fault" });
  const said = refusal("input_invalid", "no request");
  expect(corridor.reject("message\u001b[2J", said, caller)).toEqual({ kind: "fault", refusal: said });
  expect(last()).toMatchObject({
    event: "call.refused",
    data: { tool: "message\\u{1b}[2J", reason: "input_invalid", ref: said.ref },
  });
});
