// Cases of the MCP corpus about odd files in the repository, and those of its survey of attacks between clients and servers.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { root } from "../support/agent.ts";
import { proposalArgs } from "../support/gateway.ts";
import { CANARY, OTHERS, TEXTS } from "../support/hostile.ts";
import {
  call,
  type Case,
  type Cases,
  codeOf,
  HELLO,
  manifest,
  refusedWith,
  request,
  rpcOf,
  sameTools,
  tools,
  unread,
} from "./mcp-lab.ts";

const NAMES = [
  "patch-status",
  "propose-patch",
  "read-file",
  "read-manifest",
  "search-files",
  "withdraw-patch",
];

const onlyOurs: Case = async (lab) => {
  const listed = await tools(lab);
  expect(listed.map(({ name }) => name).toSorted()).toEqual(NAMES);
  for (const { name } of listed) expect(name).toMatch(/^[a-z]+-[a-z]+$/);
};

export const FILES: Cases = {
  "mcp-fs-case-fold": (lab) => unread(lab, "readme.MD", "Readme.md", "README.MD", "SRC/a.ts", "src/A.TS"),
  async "mcp-fs-fifo"(lab) {
    await unread(lab, "src/pipe.ts");
  },
  async "mcp-fs-gitdir-file"(lab) {
    expect(readFileSync(join(lab.room.repo, ".git"), "utf8")).toMatch(/^gitdir: /);
    await unread(lab, ".git", ".GIT", ".git/config", "./.git", ".git ", "src/../.git");
    const { manifest: base } = await manifest(lab);
    const edits = [{ op: "create", path: ".git", new_text: "gitdir: /tmp/x\n" }];
    expect((await call(lab, "propose-patch", proposalArgs(base, { edits }))).code).toMatch(/^path_/);
  },
  async "mcp-fs-latin1"(lab) {
    expect((await manifest(lab)).omitted).toContainEqual({ path: "docs/latin1.md", reason: "binary" });
    const answer = await call(lab, "read-file", { path: "docs/latin1.md" });
    refusedWith(answer, "not_listed");
    expect(answer.text).not.toMatch(/\ufffd|Ã/);
  },
  async "mcp-fs-proc"(lab) {
    await unread(lab, "src/proc.ts", "src/proc.ts/environ", "/proc/self/environ");
    expect((await manifest(lab)).omitted).toContainEqual({ path: "src/proc.ts", reason: "symlink" });
  },
  async "mcp-fs-sparse-huge"(lab) {
    expect((await manifest(lab)).omitted).toContainEqual({ path: "src/large.ts", reason: "too_large" });
    // The one of ten gigabytes lies in the work tree alone, which is never read.
    await unread(lab, "src/large.ts", "src/sparse.ts");
  },
  async "mcp-secbench-data-exfiltration"(lab) {
    const asking =
      /tools?_?list|conversation|history|context|messages?|transcript|system|prompt|memory|credentials?|secrets?/i;
    for (const { name, inputSchema } of await tools(lab)) {
      expect([name, inputSchema.additionalProperties]).toEqual([name, false]);
      expect([name, Object.keys(inputSchema.properties).filter((key) => asking.test(key))]).toEqual([
        name,
        [],
      ]);
    }
  },
  async "mcp-secbench-name-squatting-server"(lab) {
    const { version, name } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<
      string,
      unknown
    >;
    for (const clientInfo of [HELLO.clientInfo, { name: "another", version: "9" }])
      expect(
        rpcOf(await request(lab, "initialize", { ...HELLO, clientInfo })).result?.["serverInfo"],
      ).toMatchObject({ name, version });
  },
  "mcp-secbench-name-squatting-tool": onlyOurs,
  "mcp-secbench-tool-shadowing": onlyOurs,
  async "mcp-secbench-prompt-injection"(lab) {
    await unread(
      lab,
      ".env",
      "keys/attestation.key.pem",
      "src/key.pem",
      "countersign.toml",
      "../state/countersign.toml",
    );
    for (const query of ["PRIVATE KEY", "CANARY", "password"]) {
      const { text } = await call(lab, "search-files", { query });
      expect(text).not.toMatch(/BEGIN|CANARY-/);
    }
  },
  "mcp-secbench-rug-pull": sameTools,
  async "mcp-secbench-schema-inconsistency"(lab) {
    const before = lab.room.entries().filter(({ event }) => event === "proposal.accepted").length;
    for (const value of [...OTHERS, "1", "１", "٣"]) {
      for (const [tool, args] of [
        ["read-file", { path: "src/a.ts", start_line: value }],
        ["search-files", { query: "x", limit: value }],
        ["propose-patch", { base: value }],
        ["propose-patch", { extra: value }],
        ["patch-status", { patch_id: value }],
      ] as const) {
        const answer = await call(lab, tool, args);
        // A fault in the arguments is told as the tool's own error, which models see and can mend (SEP-1303).
        const fine =
          answer.code === "input_invalid" ||
          answer.code === "query_invalid" ||
          answer.code === "range_invalid" ||
          codeOf(answer) === -32_602;
        expect([tool, value, fine || (value === 0 && tool === "search-files")]).toEqual([tool, value, true]);
      }
    }
    expect(lab.room.entries().filter(({ event }) => event === "proposal.accepted")).toHaveLength(before);
  },
  async "mcp-secbench-slash-overlap"(lab) {
    const prompts = rpcOf(await request(lab, "prompts/list")).result?.["prompts"] as { name: string }[];
    const taken = [
      "help",
      "clear",
      "compact",
      "init",
      "review",
      "login",
      "logout",
      "model",
      "config",
      "exit",
      "quit",
      "run",
      "test",
      "commit",
      "agents",
      "mcp",
      "memory",
      "doctor",
      "status",
    ];
    expect(prompts.map(({ name }) => name).filter((name) => taken.includes(name))).toEqual([]);
  },
  async "mcp-secbench-vulnerable-server"(lab) {
    await unread(lab, ...TEXTS.filter((text) => text.includes("/") || text.includes("\\")));
    expect(existsSync(CANARY)).toBe(false);
  },
};
