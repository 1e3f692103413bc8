// X03, G16, D30: a log that cannot be written refuses the call and ends the gateway with 74; a damaged one is not opened.
import Database from "better-sqlite3";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { verifyStoreFile } from "../../src/io/store/sqlite/inspect.ts";
import { bin, content, refusalCode } from "../support/agent.ts";
import { proposalArgs } from "../support/gateway.ts";
import { auditEntries } from "../support/log.ts";
import { type PublishedState, publishedState } from "../support/published.ts";
import { type RpcClient, rpcClient } from "../support/rpc.ts";
import { removeScratch } from "../support/scratch.ts";
import { canAttach, inject } from "../support/strace.ts";

const TEXT = "what is read\n";
const SYNCS = "fsync,fdatasync";

let state: PublishedState;
let base: string;
beforeEach(async () => {
  state = await publishedState("[calls]\nper_minute = 100000\n");
  base = await state.publish({ "src/a.ts": TEXT });
});
afterEach(() => removeScratch(state.layout.root));

const argv = (): readonly string[] => [bin, "gateway", "--state", state.layout.root, "--stdio"];
const start = (): Promise<RpcClient> => rpcClient({ command: process.execPath, args: argv() });
const ends = async (client: RpcClient): Promise<unknown> =>
  client.child.exitCode ?? ((await once(client.child, "exit")) as unknown[])[0];
const change = { edits: [{ op: "replace", path: "src/a.ts", old_text: "read", new_text: "written" }] };

describe("while it runs", () => {
  test("the disk is full: the call is refused without content, the process ends with 74, nothing acknowledged is lost", async () => {
    // RLIMIT_FSIZE stands for the disk.
    const args = ["-c", `ulimit -f 300; exec "$0" "$@"`, process.execPath, ...argv()];
    const client = await rpcClient({ command: "bash", args });
    let told = 0;
    let answer = await client.call("read-file", { path: "src/a.ts" });
    for (; refusalCode(answer) === undefined && told < 2000; told++)
      answer = await client.call("read-file", { path: "src/a.ts" });
    expect(refusalCode(answer)).toBe("limiter_unavailable");
    expect(JSON.stringify(answer)).not.toContain("what is read");
    expect(await ends(client)).toBe(74);
    expect(told).toBeGreaterThan(3);
    const reads = auditEntries(state.layout.root).filter(({ event }) => event === "call.allowed").length;
    expect(reads).toBeGreaterThanOrEqual(told);
    expect(verifyStoreFile(state.layout.database).ok).toBe(true);
    const again = await start();
    expect(content(await again.call("read-file", { path: "src/a.ts" }))["text"]).toBe(TEXT);
    expect(await again.close()).toBe(0);
  });

  test.runIf(canAttach()).each(["read-file", "propose-patch"])(
    "the disk reports an error for %s: refused, 74, and after a restart nothing of it happened",
    async (tool) => {
      const client = await start();
      expect(refusalCode(await client.call("read-file", { path: "src/a.ts" }))).toBeUndefined();
      await inject(client.child.pid ?? 0, `${SYNCS}:error=EIO`);
      const args = tool === "read-file" ? { path: "src/a.ts" } : proposalArgs(base, change);
      const answer = await client.call(tool, args);
      expect(refusalCode(answer)).toBe("limiter_unavailable");
      expect(JSON.stringify(answer)).not.toContain("what is read");
      expect(await ends(client)).toBe(74);
      expect(readdirSync(join(state.layout.exchange, "orders"))).toEqual([]);
      const again = await start();
      expect(content(await again.call("read-file", { path: "src/a.ts" }))["text"]).toBe(TEXT);
      await again.close();
      expect(auditEntries(state.layout.root).filter(({ event }) => event === "proposal.accepted")).toEqual(
        [],
      );
    },
  );

  test.runIf(canAttach())("the disk is slow: no answer leaves before the entry is durable", async () => {
    const client = await start();
    const held = await inject(client.child.pid ?? 0, `${SYNCS}:delay_enter=1500000`);
    const waiting = client.call("read-file", { path: "src/a.ts" });
    expect(await Promise.race([waiting, pause(1200, "nothing yet")])).toBe("nothing yet");
    expect(content(await waiting)["text"]).toBe(TEXT);
    await held.stop();
    await client.close();
  });
});

describe("is not started", () => {
  const run = (user: { uid?: number; gid?: number } = {}) =>
    spawnSync(process.execPath, argv(), { encoding: "utf8", input: "", ...user });

  // Root may write everywhere, so the process must be somebody else, who must be able to read this program.
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const able = spawnSync(process.execPath, [bin, "--version"], nobody).status === 0;
  test.runIf(able).each([
    ["file", 0o400, "store.db"],
    ["folder", 0o500, "."],
  ])("over a log whose %s is read-only", (_, mode, name) => {
    const { root } = state.layout;
    const all = readdirSync(root, { recursive: true, encoding: "utf8" });
    for (const path of [".", ...all])
      if (nobody.uid !== undefined) chownSync(join(root, path), nobody.uid, nobody.gid);
    expect(run(nobody).status).toBe(0);
    chmodSync(join(state.layout.gateway, name), mode);
    expect(run(nobody)).toMatchObject({ status: 74, stdout: "" });
    chmodSync(join(state.layout.gateway, name), 0o700);
  });

  const sql = (...statements: readonly string[]): void => {
    const db = new Database(state.layout.database);
    for (const statement of statements) db.exec(statement);
    db.pragma("wal_checkpoint(TRUNCATE)");
    db.close();
  };
  const flip = (word: string): void => {
    sql();
    const bytes = readFileSync(state.layout.database);
    const at = bytes.indexOf(word);
    expect(at).toBeGreaterThan(0);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(state.layout.database, bytes);
  };
  test.each([
    ["a byte of an entry is flipped", () => flip("proposal.accepted")],
    ["the log lost its guards", () => sql("DROP TRIGGER audit_no_update")],
    [
      "an entry was rewritten, and the guards put back",
      () => {
        const db = new Database(state.layout.database);
        const guard = db.prepare("SELECT sql FROM sqlite_schema WHERE name = 'audit_no_update'").get() as {
          sql: string;
        };
        db.close();
        sql(
          "DROP TRIGGER audit_no_update",
          "UPDATE audit SET body = replace(body, 'local:stdio', 'local:other')",
          guard.sql,
        );
      },
    ],
  ])("when %s", async (_, damage) => {
    const client = await start();
    expect(refusalCode(await client.call("propose-patch", proposalArgs(base, change)))).toBeUndefined();
    expect(await client.close()).toBe(0);
    damage();
    expect(run()).toMatchObject({ status: 74, stdout: "" });
  });

  test("and a row that was changed under a running gateway is not read: refused, and 74", async () => {
    const client = await start();
    const made = content(await client.call("propose-patch", proposalArgs(base, change)));
    sql("UPDATE proposal SET state = 'approved'");
    const answer = await client.call("patch-status", { patch_id: made["patch_id"] });
    // A round of the gateway's legs may have met the row before the call did.
    expect([refusalCode(answer), answer.error?.message]).toContainEqual(
      expect.stringMatching(/^(internal|limiter_unavailable|server ended)$/),
    );
    expect(JSON.stringify(answer)).not.toContain("approved");
    expect(await ends(client)).toBe(74);
    expect(run().status).toBe(74);
  });
});
