// A landing gets its seal by itself: from the processes that serve, and where nobody serves by running them once.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { receiptCheckpoint } from "../../src/core/audit/receipt.ts";
import { bin, content, initState, person, propose, serve, type Served } from "../support/agent.ts";
import { auditEntries } from "../support/log.ts";
import { rpcClient } from "../support/rpc.ts";
import { create } from "../support/refusal-scene.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";

let repo: string;
let state: string;
let served: Served;
beforeEach(async () => {
  repo = scratchRepository("settle", { "src/a.ts": "export const a = 1;\n" });
  state = initState(repo);
  served = await serve(repo, "", state);
});
afterEach(async () => {
  await served.stop();
  removeScratch(repo);
});

const approved = async (path: string): Promise<string> => {
  const said = content(await propose(served, create(path, "words\n")));
  expect(said["state"]).toBe("approved");
  return String(said["patch_id"]);
};

test("served: it lands, its commit names a checkpoint of the sealer", async () => {
  const id = await approved("docs/served.md");
  const { status, stdout, stderr } = person(state, "integrate", id);
  expect([status, stderr]).toEqual([0, expect.not.stringContaining("could not be run") as unknown]);
  expect(stdout).toContain("landed");
  const receipt = readFileSync(join(state, "exchange", "receipts", `${id}.tlog-proof`));
  expect(receiptCheckpoint(receipt)?.size).toBeGreaterThan(0);
});

test("nobody serves any more: the verdict is sealed for the landing, and nothing is left running", async () => {
  const id = await approved("docs/alone.md");
  await served.client.close();
  // As if the client had gone a moment earlier: the entry is in the log, and nobody filed its receipt.
  rmSync(join(state, "exchange", "receipts", `${id}.tlog-proof`), { force: true });
  const settled = person(state, "integrate", id);
  expect([settled.status, settled.stdout]).toEqual([0, expect.stringContaining("landed") as unknown]);
  const events = auditEntries(state).map(({ event }) => event);
  expect(events.at(-1)).toBe("landing.landed");
});

test("gateway --settle serves nobody, leaves no entry of a start, and takes no second door", async () => {
  await served.client.close();
  const before = auditEntries(state).length;
  expect(person(state, "gateway", "--settle").status).toBe(0);
  expect(auditEntries(state)).toHaveLength(before);
  const both = spawnSync(process.execPath, [bin, "gateway", "--settle", "--http", "--state", state], {
    encoding: "utf8",
  });
  expect([both.status, both.stderr]).toEqual([2, expect.stringContaining("name one") as unknown]);
});

test("an incident that is opened reaches every process that serves at its next call, also after a restart", async () => {
  const second = await serve(repo, "", state);
  const third = await serve(repo, "", state);
  const clients = [served, second, third];
  const codes = async (tool: string, args: object): Promise<readonly unknown[]> =>
    Promise.all(
      clients.map(async ({ client }) => {
        const answer = await client.call(tool, args);
        return (content(answer)["refusal"] as { code?: string } | undefined)?.code ?? "answer";
      }),
    );
  const change = {
    base: served.base,
    title: "A change",
    rationale: "Because of a test.",
    change_type: "code_modification",
    risk_level: "low",
    ...create("docs/x.md", "x\n"),
  };
  expect(person(state, "incident", "open", "--reason", "look at it").status).toBe(0);
  const stopped = ["incident_open", "incident_open", "incident_open"];
  expect(await codes("propose-patch", { ...change, dry_run: true })).toEqual(stopped);
  expect(await codes("read-file", { path: "src/a.ts" })).toEqual(["answer", "answer", "answer"]);
  expect(person(state, "incident", "open", "--everything", "--reason", "all of it").status).toBe(0);
  expect(await codes("read-file", { path: "src/a.ts" })).toEqual(stopped);
  const prompt = await served.client.request("prompts/get", { name: "propose-change" });
  const resource = await served.client.request("resources/read", { uri: "countersign://manifest" });
  expect(JSON.stringify([prompt.error, resource.error])).toMatch(/incident_open.*incident_open/);
  await third.client.close();
  const args = [bin, "up", "--stdio", "--repo", repo, "--state", state];
  const again = await rpcClient({ command: process.execPath, args });
  expect(JSON.stringify(await again.call("read-manifest", {}))).toContain("incident_open");
  await Promise.all([again.close(), second.client.close()]);
});
