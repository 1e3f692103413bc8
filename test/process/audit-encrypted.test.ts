// I23: a log that is encrypted at rest, through the real processes: bad keys start nothing, and no word of an entry is on the disk.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { auditKey, type AuditKeys } from "../../src/core/audit/sealed-line.ts";
import { verifyStoreFile } from "../../src/io/store/sqlite/inspect.ts";
import { bin, refusalCode } from "../support/agent.ts";
import { proposalArgs } from "../support/gateway.ts";
import { eventually } from "../support/processes.ts";
import { type PublishedState, publishedState } from "../support/published.ts";
import { rpcClient } from "../support/rpc.ts";
import { removeScratch } from "../support/scratch.ts";
import { meddleWithLog } from "../support/stores.ts";

/** 64 hexadecimal characters, made here: no key stands in a file. */
const hex = (n: number): string => createHash("sha256").update(`log key ${n}`).digest("hex");
const ring = (...numbers: readonly number[]): AuditKeys => ({
  others: numbers.map((n) => auditKey(hex(n))!),
});
const CANARY = "src/kanarienvogel.ts";

let state: PublishedState;
beforeEach(async () => {
  state = await publishedState(`[audit]\nencryption_key = "env:LOG_KEY"\n`);
});
afterEach(() => removeScratch(state.layout.root));

const configure = (audit: string): void =>
  writeFileSync(
    state.layout.config,
    `preset = "quickstart"\n[audit]\n${audit}\n[repository]\nname = "lab"\n`,
  );
const start = (env: Readonly<Record<string, string>>) =>
  spawnSync(process.execPath, [bin, "gateway", "--stdio", "--state", state.layout.root], {
    encoding: "utf8",
    input: "",
    env: { PATH: process.env["PATH"] ?? "", ...env },
  });
const command = (env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
  spawnSync(process.execPath, [bin, ...args, "--state", state.layout.root], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"] ?? "", NO_COLOR: "1", ...env },
  });
const entriesNow = (keys: AuditKeys): readonly string[] => {
  const events: string[] = [];
  const report = verifyStoreFile(state.layout.database, { keys, entry: ({ event }) => events.push(event) });
  expect(report).toMatchObject({ ok: true, unread: 0 });
  return events;
};
const onDisk = (): string =>
  ["", "-wal"]
    .map((ending) => {
      try {
        return readFileSync(state.layout.database + ending, "latin1");
      } catch {
        return "";
      }
    })
    .join("");

describe("a gateway does not start, writes nothing, and names audit.encryption_key", () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    ["no variable", {}],
    ["an empty one", { LOG_KEY: "" }],
    ["63 characters", { LOG_KEY: hex(1).slice(1) }],
    ["65 characters", { LOG_KEY: `${hex(1)}0` }],
    ["a letter that is none of the alphabet", { LOG_KEY: `g${hex(1).slice(1)}` }],
    ["44 characters of base64", { LOG_KEY: createHash("sha256").update("k").digest("base64") }],
    ["a line break behind the key", { LOG_KEY: `${hex(1)}\n` }],
  ])("%s", (_, env) => {
    const { status, stderr, stdout } = start(env);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("audit.encryption_key");
    expect(stderr).not.toContain(hex(1).slice(1, 20));
    expect(entriesNow({ others: [] })).toEqual(["shard.open"]);
  });

  test.each([
    ["that everybody may read", 0o644, hex(1)],
    ["that holds 63 characters", 0o600, hex(1).slice(1)],
  ])("a file %s", (_, mode, content) => {
    const file = join(state.layout.root, "log.key");
    writeFileSync(file, content);
    chmodSync(file, mode);
    configure(`encryption_key = "file:${file}"`);
    const { status, stderr } = start({});
    expect(status).toBe(2);
    expect(stderr).toMatch(/audit\.encryption_key/);
  });

  test("a literal of 63 characters, found by config check as well", () => {
    configure(`encryption_key = "${hex(1).slice(1)}"`);
    const checked = command({}, "config", "check");
    expect(checked.status).not.toBe(0);
    expect(checked.stdout + checked.stderr).toMatch(/audit\.encryption_key.*64 hexadecimal/);
    expect(start({})).toMatchObject({ status: 2 });
    configure(`encryption_key = ""\nprevious_keys = ["${hex(2).slice(2)}"]`);
    const previous = command({}, "config", "check");
    expect(previous.stdout + previous.stderr).toMatch(/audit\.previous_keys.*64 hexadecimal/);
  });

  test("another key than the log's, and the same log opens again under its own", () => {
    expect(start({ LOG_KEY: hex(1) }).status).toBe(0);
    const { status, stderr } = start({ LOG_KEY: hex(2) });
    expect(status).toBe(2);
    expect(stderr).toMatch(/audit\.encryption_key: entry \d+ of the log is encrypted under key [0-9a-f]{32}/);
    configure(`encryption_key = ""`);
    expect(start({}).status).toBe(2);
    configure(`encryption_key = "env:LOG_KEY"`);
    expect(start({ LOG_KEY: hex(1) }).status).toBe(0);
    expect(entriesNow(ring(1)).filter((event) => event === "process.start")).toHaveLength(2);
  });
});

describe("a log that is encrypted", () => {
  const KEY = { LOG_KEY: hex(1) };
  const served = (env: Readonly<Record<string, string>> = KEY) =>
    rpcClient({
      command: process.execPath,
      args: [bin, "gateway", "--state", state.layout.root, "--stdio"],
      env,
    });

  test("goes through a proposal and its verdict, and holds no word in the clear, in the file or beside it", async () => {
    const base = await state.publish({ "src/a.ts": "one\n" });
    const client = await served();
    expect(refusalCode(await client.call("read-file", { path: CANARY }))).toBe("not_listed");
    const args = proposalArgs(base, {
      edits: [{ op: "replace", path: "src/a.ts", old_text: "one", new_text: "two" }],
    });
    const answer = await client.call("propose-patch", args);
    const { patch_id: id } = (answer.result as { structuredContent: { patch_id: string } }).structuredContent;
    const file = join(state.layout.exchange, "orders", `${id}.json`);
    expect(await eventually(() => (existsSync(file) ? true : undefined))).toBe(true);
    const order = await state.exchange.orders.read(id as never);
    if (order.kind !== "found") throw new Error(order.kind);
    await state.judge(order.value);
    let said = "";
    while (!said.includes("approved"))
      said = JSON.stringify(await client.call("patch-status", { patch_id: id }));
    // While it runs, with its write-ahead log.
    const running = onDisk();
    expect(await client.close()).toBe(0);
    for (const words of [running, onDisk()])
      for (const word of [CANARY, "read-file", "verdict.received", "process.start"])
        expect([word, words.includes(word)]).toEqual([word, false]);
    // What is searched for is there once it is decrypted.
    expect(entriesNow(ring(1))).toEqual(
      expect.arrayContaining(["process.start", "proposal.accepted", "verdict.received", "process.stop"]),
    );
    const seen: string[] = [];
    verifyStoreFile(state.layout.database, {
      keys: ring(1),
      entry: (entry) => seen.push(JSON.stringify(entry)),
    });
    expect(seen.join("")).toContain(CANARY);
  });

  test("goes on under a new key, and both are read; without the old one nothing starts", async () => {
    expect(start(KEY).status).toBe(0);
    configure(`encryption_key = "env:LOG_KEY"\nprevious_keys = ["env:LOG_KEY_1"]`);
    expect(start({ LOG_KEY: hex(2), LOG_KEY_1: hex(1) }).status).toBe(0);
    expect(entriesNow(ring(1, 2)).filter((event) => event === "process.start")).toHaveLength(2);
    expect(verifyStoreFile(state.layout.database, { keys: ring(2) })).toMatchObject({ code: "DECRYPT_FAIL" });
    configure(`encryption_key = "env:LOG_KEY"`);
    expect(start({ LOG_KEY: hex(2) })).toMatchObject({ status: 2 });
  });

  test("began in the clear: what is there stays as it is, what comes is encrypted", () => {
    configure(`encryption_key = ""`);
    expect(start({}).status).toBe(0);
    configure(`encryption_key = "env:LOG_KEY"`);
    expect(start(KEY).status).toBe(0);
    expect(entriesNow(ring(1)).filter((event) => event === "process.start")).toHaveLength(2);
    expect(verifyStoreFile(state.layout.database)).toMatchObject({ ok: true, unread: 2 });
  });

  test("two lines swapped are found without the key, and nothing starts on them", () => {
    expect(start(KEY).status).toBe(0);
    meddleWithLog(
      state.layout.database,
      `CREATE TABLE t AS SELECT body FROM audit WHERE seq = 1;
       UPDATE audit SET body = (SELECT body FROM audit WHERE seq = 2) WHERE seq = 1;
       UPDATE audit SET body = (SELECT body FROM t) WHERE seq = 2; DROP TABLE t`,
    );
    expect(verifyStoreFile(state.layout.database)).toMatchObject({ ok: false, code: "SEQ_GAP", seq: 1 });
    expect(start(KEY).status).toBe(74);
  });

  test("commands that open the store need the key; doctor says so", () => {
    expect(start(KEY).status).toBe(0);
    expect(command(KEY, "token", "issue", "--principal", "ci").status).toBe(0);
    expect(command(KEY, "token", "list").stdout).toContain("ci");
    const refused = command({}, "token", "list");
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain("audit.encryption_key");
    expect(onDisk()).not.toContain("token.issued");
    const doctor = command({}, "doctor");
    expect(doctor.stdout + doctor.stderr).toContain("audit.encryption_key");
  });
});
