// The real gateway as a process of its own: how it speaks, lives and ends.
import { once } from "node:events";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { AuditEntry } from "../../src/core/audit/entry.ts";
import { openStore } from "../../src/io/store/sqlite/open.ts";
import { bin, refusalCode } from "../support/agent.ts";
import { proposalArgs } from "../support/gateway.ts";
import { type PublishedState, publishedState } from "../support/published.ts";
import { type RpcClient, rpcClient } from "../support/rpc.ts";
import { removeScratch } from "../support/scratch.ts";

const files = { "src/a.ts": "one\ntwo\nthree\n", ".github/workflows/ci.yml": "on: push\n" };
const command = (state: PublishedState, ...more: readonly string[]) => ({
  command: process.execPath,
  args: [bin, "gateway", "--state", state.layout.root, "--stdio", ...more],
});

const entriesOf = (state: PublishedState): readonly AuditEntry[] => {
  const store = openStore(state.layout.database, { clock: () => Date.now() });
  const entries = [...store.auditRows(0)].map(({ line }) => JSON.parse(line) as AuditEntry);
  store.close();
  return entries;
};

describe("speaks JSON-RPC strictly", () => {
  let state: PublishedState;
  let client: RpcClient;
  let answers: Record<string, unknown>[];
  beforeAll(async () => {
    state = await publishedState();
    await state.publish(files);
    client = await rpcClient(command(state));
    answers = [];
    let rest = "";
    client.child.stdout!.on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      answers.push(...lines.map((line) => JSON.parse(line) as Record<string, unknown>));
    });
  });
  afterAll(async () => {
    expect(await client.close()).toBe(0);
    removeScratch(state.layout.root);
  });

  /** Writes raw bytes and waits for the next answer. */
  const raw = async (line: string | Uint8Array) => {
    const before = answers.length;
    client.child.stdin!.write(line);
    client.child.stdin!.write("\n");
    while (answers.length === before) await sleep(5);
    return answers.at(-1)!;
  };
  const call = (args: string) => `{"jsonrpc":"2.0","id":"x","method":"tools/call","params":${args}}`;

  test.each([
    ["no JSON", "hello", -32_700, "input_invalid"],
    ["invalid UTF-8", Buffer.from([0x22, 0xff, 0x22]), -32_700, "input_invalid"],
    ["a batch", `[${call("{}")}]`, -32_600, "input_invalid"],
    [
      "an argument twice",
      call('{"name":"read-file","arguments":{"path":"src/a.ts","path":"b"}}'),
      -32_600,
      "input_invalid",
    ],
    [
      "a __proto__",
      call('{"name":"read-file","arguments":{"path":"src/a.ts","__proto__":{}}}'),
      -32_600,
      "input_invalid",
    ],
    [
      "a line of 5 MB",
      call(`{"name":"read-file","arguments":{"path":"${"x".repeat(5_000_000)}"}}`),
      -32_600,
      "call_too_large",
    ],
    ["a call without a name", call("{}"), -32_602, "input_invalid"],
    ["a name that is no text", call('{"name":{}}'), -32_602, "input_invalid"],
    [
      "arguments that are a list",
      call('{"name":"read-file","arguments":["src/a.ts"]}'),
      -32_602,
      "input_invalid",
    ],
    ["an unknown tool", call('{"name":"execute","arguments":{}}'), -32_602, "tool_unknown"],
    ["a tool called constructor", call('{"name":"constructor"}'), -32_602, "tool_unknown"],
    ["a name of 257 characters", call(`{"name":"${"n".repeat(257)}"}`), -32_602, "tool_unknown"],
    [
      "an unknown prompt",
      '{"jsonrpc":"2.0","id":"x","method":"prompts/get","params":{"name":"other"}}',
      -32_602,
      "input_invalid",
    ],
    [
      "an unknown resource",
      '{"jsonrpc":"2.0","id":"x","method":"resources/read","params":{"uri":"file:///etc/passwd"}}',
      -32_602,
      "not_listed",
    ],
    [
      "a resource without address",
      '{"jsonrpc":"2.0","id":"x","method":"resources/read","params":{}}',
      -32_602,
      "input_invalid",
    ],
  ])("%s is an error of the protocol, and recorded", async (_, line, code, reason) => {
    const answer = await raw(line);
    expect(answer).toMatchObject({ jsonrpc: "2.0", error: { code } });
    expect(entriesOf(state).at(-1)).toMatchObject({
      event: "call.refused",
      actor: { principal: "local:stdio" },
      data: { reason },
    });
  });

  test("an unknown method is none of ours", async () => {
    expect(await raw('{"jsonrpc":"2.0","id":"x","method":"tools/../admin"}')).toMatchObject({
      error: { code: -32_601 },
    });
  });

  test.each([
    ["a schema fault", "read-file", { path: 1 }, "input_invalid"],
    ["a path that is not listed", "read-file", { path: "../../etc/passwd" }, "not_listed"],
    [
      "a proposal for an unlisted file",
      "propose-patch",
      { edits: [{ op: "replace", path: "src/none.ts", old_text: "push", new_text: "x" }] },
      "target_missing",
    ],
  ])("%s is a result that a model can read", async (_, name, args, code) => {
    const base = JSON.parse(
      JSON.stringify((await client.call("read-manifest", {})).result!["structuredContent"]),
    ) as { manifest: string };
    const answer = await client.call(
      name,
      name === "propose-patch" ? proposalArgs(base.manifest, args) : args,
    );
    expect(refusalCode(answer)).toBe(code);
    expect(answer.result!["isError"]).toBe(true);
    const [text] = answer.result!["content"] as { text: string }[];
    expect(JSON.parse(text!.text)).toEqual(answer.result!["structuredContent"]);
  });

  test("nothing that failed tells where anything is on this machine", () => {
    expect(JSON.stringify(answers)).not.toContain(state.layout.root);
    expect(JSON.stringify(answers)).not.toMatch(/node_modules|\bat .*\.ts:\d+/);
  });

  test.runIf(existsSync("/proc/self/environ"))(
    "P06: the process has no environment, and no word of a repository",
    () => {
      const proc = (name: string) => readFileSync(`/proc/${client.child.pid}/${name}`, "utf8");
      expect(proc("environ")).toBe("");
      expect(proc("cmdline")).toContain("--permission");
      expect(proc("cmdline")).not.toContain("repository.json");
    },
  );
});

describe("lives and ends", () => {
  let state: PublishedState;
  afterEach(() => removeScratch(state.layout.root));

  test("start, manifest and stop are in the log; a verdict is waited for; the end of input finishes what runs", async () => {
    state = await publishedState();
    const base = await state.publish(files);
    const client = await rpcClient(command(state));
    const edits = [{ op: "replace", path: "src/a.ts", old_text: "two", new_text: "zwei" }];
    const waiting = client.call("propose-patch", proposalArgs(base, { edits, wait_seconds: 60 }));
    const order = await found(state);
    await state.judge(order);
    const answer = await waiting;
    expect(answer.result!["structuredContent"]).toMatchObject({
      state: "approved",
      outcome: "APPROVED",
      patch_id: order.patch_id,
    });
    const more = [{ op: "replace", path: "src/a.ts", old_text: "one", new_text: "eins" }];
    const unfinished = client.call("propose-patch", proposalArgs(base, { edits: more, wait_seconds: 60 }));
    await found(state, 2);
    const code = client.close();
    expect((await unfinished).result!["structuredContent"]).toMatchObject({
      state: expect.stringMatching(/^(pending|validating)$/) as string,
    });
    expect(await code).toBe(0);
    const events = entriesOf(state).map(({ event }) => event);
    expect(events.slice(0, 3)).toEqual(["shard.open", "process.start", "manifest.received"]);
    expect(events.at(-1)).toBe("process.stop");
    expect(events.filter((event) => event === "verdict.received")).toHaveLength(1);
  });

  test("X03: when the store is taken away, the call is refused and the process stops with 74", async () => {
    state = await publishedState();
    await state.publish(files);
    const client = await rpcClient(command(state));
    expect(refusalCode(await client.call("read-file", { path: "src/a.ts" }))).toBeUndefined();
    renameSync(state.layout.database, `${state.layout.database}.moved`);
    const ended = once(client.child, "exit");
    const answer = await client.call("read-file", { path: "src/a.ts" });
    expect(JSON.stringify(answer)).not.toContain("three");
    expect(refusalCode(answer)).toBe("limiter_unavailable");
    expect((await ended)[0]).toBe(74);
  });

  test("a new manifest is served without a restart, and a forged one is not", async () => {
    state = await publishedState();
    await state.publish(files);
    const client = await rpcClient(command(state));
    const next = await state.publish({ ...files, "src/b.ts": "new\n" });
    for (
      let n = 0;
      n < 100 && refusalCode(await client.call("read-file", { path: "src/b.ts" })) !== undefined;
      n++
    )
      await sleep(50);
    expect((await client.call("read-manifest", {})).result!["structuredContent"]).toMatchObject({
      manifest: next,
    });
    writeFileSync(join(state.layout.exchange, "published/current"), `${"0".repeat(64)}\n`);
    for (let n = 0; n < 100 && !entriesOf(state).some(({ event }) => event === "manifest.refused"); n++)
      await sleep(50);
    expect((await client.call("read-manifest", {})).result!["structuredContent"]).toMatchObject({
      manifest: next,
    });
    await client.close();
  });
});

/** The newest order in the exchange, once there are `count`. */
async function found(state: PublishedState, count = 1) {
  for (let n = 0; n < 200; n++) {
    const ids = await state.exchange.orders.list();
    const orders = await Promise.all(ids.map((id) => state.exchange.orders.read(id)));
    const read = orders.flatMap((order) => (order.kind === "found" ? [order.value] : []));
    if (read.length === count) return read.toSorted((a, b) => (a.created < b.created ? 1 : -1))[0]!;
    await sleep(50);
  }
  throw new Error("no order arrived");
}
