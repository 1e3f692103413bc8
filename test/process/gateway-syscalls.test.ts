// X08: what a whole session asks of the kernel: no other program, no socket, and no write outside two folders.
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { gatewayPlaces } from "../../src/io/file/layout.ts";
import { bin } from "../support/agent.ts";
import { proposalArgs } from "../support/gateway.ts";
import { needs } from "../support/needs.ts";
import { publishedState } from "../support/published.ts";
import { rpcClient } from "../support/rpc.ts";
import { removeScratch, scratch } from "../support/scratch.ts";

const CALLS =
  "trace=execve,execveat,%network,openat,openat2,open,creat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir,truncate,chmod,fchmodat,chown,fchownat,lchown,mknod,mknodat,mount,ptrace";
/** Opens that change something; a path that follows AT_FDCWD or comes first. */
const WRITING = /^(?:open|openat|openat2|creat)\(.*(?:O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND)|^creat\(/;
const CHANGING =
  /^(?:rename|link|symlink|unlink|mkdir|rmdir|truncate|chmod|fchmod|chown|fchown|lchown|mknod)/;

test.runIf(needs("strace"))("a session from start to end", async () => {
  const state = await publishedState();
  const traces = scratch("strace");
  const out = join(traces, "trace");
  const base = await state.publish({ "src/a.ts": "one\ntwo\n" });
  const client = await rpcClient({
    command: "strace",
    args: [
      "-f",
      "-qq",
      "-s",
      "500",
      "-e",
      CALLS,
      "-o",
      out,
      process.execPath,
      bin,
      "gateway",
      "--state",
      state.layout.root,
      "--stdio",
    ],
  });
  const hostile = [
    "$(touch /tmp/owned)",
    "`id`",
    "; id",
    "| id",
    "--upload-pack=touch /tmp/owned",
    "../../../../etc/passwd",
    "/etc/passwd",
    "\\\\host\\share",
  ];
  for (const text of hostile) {
    await client.call("read-file", { path: text });
    await client.call("read-manifest", { prefix: text });
    await client.call("search-files", { query: text });
    await client.request("resources/read", { uri: `countersign://file/${encodeURIComponent(text)}` });
    await client.call(
      "propose-patch",
      proposalArgs(base, { title: text, edits: [{ op: "create", path: text, new_text: "x\n" }] }),
    );
  }
  await client.call("read-file", { path: "src/a.ts" });
  const made = await client.call(
    "propose-patch",
    proposalArgs(base, {
      title: hostile[0],
      edits: [{ op: "replace", path: "src/a.ts", old_text: "two", new_text: "zwei" }],
      wait_seconds: 2,
    }),
  );
  const { patch_id } = made.result!["structuredContent"] as { patch_id: string };
  await client.call("withdraw-patch", { patch_id });
  expect(await client.close()).toBe(0);

  const lines = readFileSync(out, "utf8")
    .split("\n")
    .map((line) => line.replace(/^\d+\s+/, ""));
  const done = lines.filter(
    (line) => line !== "" && !line.includes("resumed>") && !line.startsWith("---") && !line.startsWith("+++"),
  );
  // The program, and its restart behind the walls: the same binary with the flags and an empty environment.
  const programs = done.filter((line) => line.startsWith("exec"));
  expect(programs).toHaveLength(2);
  expect(programs[1]).toContain('"--permission"');
  expect(programs[1]).toMatch(/\[\]|0 vars/);
  const behind = done.slice(done.indexOf(programs[1]!) + 1);
  expect(behind.length).toBeGreaterThan(50);
  expect(
    behind.filter((line) => /^(socket|connect|bind|listen|accept|sendto|sendmsg|mount|ptrace)\b/.test(line)),
  ).toEqual([]);
  const places = gatewayPlaces.map((place) => join(state.layout.exchange, place));
  const allowed = [state.layout.gateway, ...places].map((path) => realpathSync(path));
  const isAllowed = (line: string) =>
    [...line.matchAll(/"([^"]*)"/g)].every(
      ([, path = ""]) =>
        path === "/dev/null" || allowed.some((folder) => path === folder || path.startsWith(`${folder}/`)),
    );
  const changes = behind.filter(
    (line) => (WRITING.test(line) || CHANGING.test(line)) && !/= -1 E(NOENT|EXIST)/.test(line),
  );
  expect(changes.length).toBeGreaterThan(3);
  expect(changes.filter((line) => !isAllowed(line))).toEqual([]);
  removeScratch(state.layout.root);
  removeScratch(traces);
});
