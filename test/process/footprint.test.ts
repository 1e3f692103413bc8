// G01, G26, G40, P08: what a whole session leaves behind, and which git commands it ever ran.
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  bin,
  content,
  initState,
  propose,
  publishedBase,
  refusalCode,
  type Served,
} from "../support/agent.ts";
import { create, FILES, replace, snapshot } from "../support/refusal-scene.ts";
import { rpcClient } from "../support/rpc.ts";
import { git, removeScratch, scratch, scratchRepository } from "../support/scratch.ts";

/** Commands of git that read, or build objects aside; `update-ref` is the one that shows something, and only to a person. */
const UNATTENDED = [
  "apply",
  "cat-file",
  "config",
  "diff-tree",
  "for-each-ref",
  "ls-tree",
  "merge-base",
  "read-tree",
  "rev-parse",
  "symbolic-ref",
  "version",
  "write-tree",
];
const LANDING = ["commit-tree", "hash-object", "mktree", "pack-objects", "unpack-objects", "update-ref"];

let served: Served;
let aside: string;
let canary: string;
let before: string;
let started: number;
const env = (): Record<string, string> => ({ PATH: `${aside}${delimiter}${process.env["PATH"] ?? ""}` });

/** A git first on the path that notes its arguments and goes on as git. */
function noteGit(): void {
  const real = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "git"))
    .find((file) => existsSync(file));
  const text = `#!/bin/sh\nprintf '%s\\n' "$*" >> '${join(aside, "calls")}'\nexec '${real}' "$@"\n`;
  writeFileSync(join(aside, "git"), text);
  chmodSync(join(aside, "git"), 0o755);
}

const WITH_VALUE = new Set(["-c", "-C", "--git-dir", "--work-tree"]);
/** Subcommands of the calls noted so far. */
function ran(): readonly string[] {
  const lines = readFileSync(join(aside, "calls"), "utf8").trimEnd().split("\n");
  const words = lines.map((line) => {
    const given = line.split(" ");
    return given.find((word, at) => !word.startsWith("-") && !WITH_VALUE.has(given[at - 1] ?? ""));
  });
  return [...new Set(words.map(String))].toSorted();
}

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}

beforeAll(async () => {
  aside = scratch("aside");
  canary = join(aside, "contacted");
  noteGit();
  const repo = scratchRepository("footprint", FILES);
  // A remote that shows every contact, and a repository that would allow it.
  git(repo, "config", "remote.origin.url", `ext::touch ${canary}`);
  git(repo, "config", "protocol.ext.allow", "always");
  git(repo, "config", "branch.main.remote", "origin");
  git(repo, "config", "branch.main.merge", "refs/heads/main");
  before = snapshot(repo);
  const state = initState(repo, "[calls]\nper_minute = 100000\n[proposal]\nper_hour = 1000\n");
  const args = [bin, "up", "--stdio", "--repo", repo, "--state", state];
  const client = await rpcClient({ command: process.execPath, args, env: env() });
  const base = await publishedBase(client);
  started = Date.now();
  served = { repo, state, client, base, stop: async () => void (await client.close()) };
});
afterAll(async () => {
  await served.stop();
  for (const folder of [served.repo, served.state, aside]) removeScratch(folder);
});

const ids: string[] = [];

test("exactly the six tools are shown, and after proposals of every outcome the repository is as it was", async () => {
  const { tools } = (await served.client.request("tools/list")).result as { tools: { name: string }[] };
  expect(tools.map(({ name }) => name)).toEqual([
    "read-manifest",
    "read-file",
    "search-files",
    "propose-patch",
    "patch-status",
    "withdraw-patch",
  ]);
  const outcomes: unknown[] = [];
  for (const change of [
    replace("src/a.ts", "a = 1", "a = 2"),
    replace("src/a.ts", "b = 1", "b = 2"),
    create("src/auth/login.ts", "export {};\n"),
    replace(".github/workflows/ci.yml", "on: push", "on: [push]"),
    { edits: [{ op: "delete", path: "src/f1.ts" }] },
  ]) {
    const id = String(content(await propose(served, change))["patch_id"]);
    ids.push(id);
    outcomes.push(content(await served.client.call("patch-status", { patch_id: id }))["state"]);
  }
  expect(outcomes).toEqual(["approved", "approved", "manual_required", "rejected", "approved"]);
  expect(snapshot(served.repo)).toBe(before);
});

test("new or changed are only orders, verdicts and the two processes' own files, closed to others", () => {
  // What is being written just now may be gone by the time that it is looked at.
  const touched = filesUnder(served.state).filter(
    (file) =>
      !file.includes("/.tmp-") && (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= started,
  );
  const names = touched.map((file) => file.slice(served.state.length + 1)).toSorted();
  const expected = [
    ...ids.map((id) => `exchange/orders/${id}.json`),
    ...ids.map((id) => `exchange/verdicts/${id}.dsse.json`),
  ];
  const own =
    /^(?:gateway\/store\.db(?:-wal|-shm)?|validator\/(?:lock\.db(?:-journal)?|publish-cache\.json|sealer\/.*)|exchange\/(?:heads\/.*|receipts\/[0-9a-f-]{36}\.tlog-proof))$/;
  expect(names.filter((name) => !own.test(name))).toEqual(expected.toSorted());
  for (const file of touched.filter((name) => name.includes("/exchange/")))
    expect(statSync(file).mode & 0o137, file).toBe(0);
  // No folder on the way is open to others, whatever the modes of the files in it.
  for (const folder of ["gateway", "exchange", "keys", "validator", "."])
    expect(statSync(join(served.state, folder)).mode & 0o077, folder).toBe(0);
});

test.each([
  [
    "a file of 600 KB",
    { edits: [{ op: "create", path: "src/n.ts", new_text: "x\n".repeat(300_000) }] },
    "call_too_large",
  ],
  ["a NUL", { edits: [{ op: "create", path: "src/n.ts", new_text: "a\0b\n" }] }, "diff_binary"],
  [
    "a binary patch",
    { diff: "diff --git a/src/n.ts b/src/n.ts\nnew file mode 100644\nGIT binary patch\nliteral 1\nIcmZPo\n" },
    "diff_binary",
  ],
])("%s leaves no order and a server that goes on", async (_, change, code) => {
  expect(refusalCode(await propose(served, change, 0))).toBe(code);
  expect(readdirSync(join(served.state, "exchange", "orders"))).toHaveLength(ids.length);
  expect(content(await served.client.call("read-file", { path: "src/a.ts" }))["text"]).toContain("a = 1");
});

test("gateway and validator ran only git commands that read or build aside; landing adds a ref; nobody is contacted", () => {
  expect(ran().filter((word) => !UNATTENDED.includes(word))).toEqual([]);
  expect(ran()).toEqual(expect.arrayContaining(["apply", "cat-file", "write-tree"]));
  const landed = spawnSync(process.execPath, [bin, "integrate", ids[0] ?? "", "--state", served.state], {
    encoding: "utf8",
    env: { ...process.env, ...env() },
  });
  expect(landed.status).toBe(0);
  expect(ran()).toContain("update-ref");
  expect(ran().filter((word) => !UNATTENDED.includes(word) && !LANDING.includes(word))).toEqual([]);
  expect(existsSync(canary)).toBe(false);
  // The canary lives: a fetch would have shown itself.
  expect(() => git(served.repo, "fetch")).toThrow(/./);
  expect(existsSync(canary)).toBe(true);
});
