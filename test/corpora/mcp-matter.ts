// Cases of the MCP corpus about what stands behind the wire: descriptions, files, tools, and what a hostile value sets off.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { root } from "../support/agent.ts";
import { rows } from "../support/corpora.ts";
import { proposalArgs } from "../support/gateway.ts";
import { CANARY, OTHERS, TEXTS } from "../support/hostile.ts";
import { inTurns } from "../support/http-ask.ts";
import { eventually } from "../support/processes.ts";
import { git, writeFiles } from "../support/scratch.ts";
import { canAttach } from "../support/strace.ts";
import { call, type Case, type Cases, codeOf, fingerprint, HELLO, type Lab, refusedWith, request, rpcOf, selfDescription, tools } from "./mcp-lab.ts";

const NAMES = ["patch-status", "propose-patch", "read-file", "read-manifest", "search-files", "withdraw-patch"];

export const INJECTIONS = (rows("injections/injections.jsonl") as { text: string; label: string }[])
  .filter(({ label, text }) => label === "injection" && text.length > 20)
  .slice(0, 200)
  .map(({ text }) => text.toWellFormed());

/** Committed, and with text of all those attacks. */
export const DOCUMENT = "docs/injections.md";

async function manifest(lab: Lab): Promise<{ manifest: string; entries: { path: string }[]; omitted: { path: string; reason: string }[] }> {
  return rpcOf(await call(lab, "read-manifest", {})).result?.["structuredContent"] as never;
}

async function unread(lab: Lab, ...paths: readonly unknown[]): Promise<void> {
  for (const path of paths) refusedWith(await call(lab, "read-file", { path }), "not_listed", "input_invalid");
}

/** Each hostile text in every string of every tool; answers must be answers or refusals with a reason. */
async function attack(lab: Lab): Promise<readonly string[]> {
  const { manifest: base } = await manifest(lab);
  const edits = (path: string) => [{ op: "create", path, new_text: "x\n" }];
  const calls = TEXTS.flatMap((text): readonly (readonly [string, object])[] => [
    ["read-file", { path: text }],
    ["read-manifest", { glob: text }],
    ["search-files", { query: text }],
    ["propose-patch", proposalArgs(base, { edits: edits(text), dry_run: true })],
    ["propose-patch", proposalArgs(base, { edits: edits("src/n.ts"), title: text, rationale: text, dry_run: true })],
    ["patch-status", { patch_id: text }],
  ]);
  const answers = await inTurns(calls, 8, async ([tool, args]) => (await call(lab, tool, args)).text);
  expect(answers.filter((text) => text.includes('"internal"'))).toEqual([]);
  return answers;
}

/** System calls of this name that the gateway makes during `work`. */
async function systemCalls(lab: Lab, names: string, work: () => Promise<unknown>): Promise<readonly string[]> {
  const out = join(lab.room.state, "trace");
  const tracer = spawn("strace", ["-f", "-qq", "-e", `trace=${names}`, "-o", out, "-p", String(lab.up.pid)], { stdio: "ignore" });
  const ended = once(tracer, "exit");
  expect(await eventually(() => (existsSync(out) ? true : undefined))).toBe(true);
  await work();
  tracer.kill("SIGTERM");
  await ended;
  return readFileSync(out, "utf8").split("\n").filter((line) => line.includes("("));
}

const sameTools: Case = async (lab) => {
  const before = fingerprint(await tools(lab));
  for (let n = 0; n < 20; n++) await call(lab, "read-file", { path: DOCUMENT });
  expect(fingerprint(await tools(lab))).toBe(before);
  const { manifest: old } = await manifest(lab);
  writeFiles(lab.room.repo, { [`src/later${old.slice(0, 8)}.ts`]: "later\n" });
  git(lab.room.repo, "add", `src/later${old.slice(0, 8)}.ts`);
  git(lab.room.repo, "commit", "-q", "-m", "later");
  for (let look = 0; look < 300 && (await manifest(lab)).manifest === old; look++)
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  expect((await manifest(lab)).manifest).not.toBe(old);
  expect(fingerprint(await tools(lab))).toBe(before);
};

const onlyOurs: Case = async (lab) => {
  const listed = await tools(lab);
  expect(listed.map(({ name }) => name).toSorted()).toEqual(NAMES);
  for (const { name } of listed) expect(name).toMatch(/^[a-z]+-[a-z]+$/);
};

const SUSPICIOUS = /\b(important|crucial|critical|urgent|ignore|disregard|override|bypass)\b/gi;
const HIDDEN = /<(important|hidden|system|secret)>|do not (mention|tell)|[\p{Cf}\u{e0000}-\u{e007f}]/iu;

export const MATTER: Cases = {
  async "mcp-agentscan-E001"(lab) {
    const text = await selfDescription(lab);
    expect(INJECTIONS.length).toBeGreaterThan(100);
    expect(INJECTIONS.filter((attack) => text.includes(attack))).toEqual([]);
    expect(text).not.toMatch(HIDDEN);
  },
  async "mcp-agentscan-E002"(lab) {
    const foreign = /\b(write_file|read_text_file|edit_file|list_directory|execute_\w+|run_\w+|bash|shell|fetch|browser_\w+|create_issue|send_\w+)\b/;
    for (const { name, description } of await tools(lab)) expect([name, foreign.exec(description)]).toEqual([name, null]);
  },
  async "mcp-agentscan-W001"(lab) {
    expect((await selfDescription(lab)).match(SUSPICIOUS) ?? []).toEqual([]);
  },
  async "mcp-agentscan-W018"(lab) {
    expect(readFileSync(join(root, "README.md"), "utf8")).toMatch(/manifest/);
    const { entries, omitted } = await manifest(lab);
    expect(entries.map(({ path }) => path).filter((path) => /hidden|\.env|key/.test(path))).toEqual([]);
    expect(omitted.map(({ path }) => path)).not.toContain("hidden/canary.ts");
  },
  async "mcp-cisco-arbitrary-resource-read-write"(lab) {
    const paths = (rows("paths/paths.jsonl") as { path?: string; must: string }[])
      .filter(({ must, path }) => must === "reject" && path !== undefined)
      .filter((_, at) => at % 8 === 0)
      .map(({ path = "" }) => path);
    expect(paths.length).toBeGreaterThan(200);
    const { manifest: base } = await manifest(lab);
    const edits = (path: string) => [{ op: "create", path, new_text: "x\n" }];
    const answers = await inTurns(paths, 8, async (path) => [
      await call(lab, "read-file", { path }),
      await call(lab, "propose-patch", proposalArgs(base, { edits: edits(path) })),
    ]);
    expect(paths.filter((_, at) => answers[at]?.some(({ code }) => code === "answer" || code === "internal"))).toEqual([]);
  },
  async "mcp-cisco-injection-attacks"(lab) {
    await attack(lab);
    const entries = lab.room.entries();
    expect(entries.length).toBeGreaterThan(TEXTS.length * 6);
    // One line is one record: nothing that a caller wrote begins a line of its own.
    const lines = lab.up.said().trimEnd().split("\n");
    expect(lines.filter((line) => !/^(\{.*\}|countersign gateway: .*)$/.test(line))).toEqual([]);
  },
  async "mcp-cisco-unauthorized-network-access"(lab) {
    if (!canAttach()) return;
    expect(await systemCalls(lab, "connect,sendto,sendmsg,sendmmsg", () => attack(lab))).toEqual([]);
  },
  async "mcp-dvmcp-c1-unlisted-resource"(lab) {
    for (const uri of ["internal://credentials", "file:///etc/passwd", "repo:///.env", "countersign://../keys", "countersign://manifest/../../keys", "countersign://patch/..%2f..", ""]) {
      const answer = await request(lab, "resources/read", { uri });
      expect([uri, codeOf(answer)]).toEqual([uri, -32_602]);
      expect(answer.text).not.toMatch(/CANARY|root:/);
    }
    await unread(lab, ".env", "hidden/canary.ts", "../x", "/etc/passwd");
  },
  async "mcp-dvmcp-c2-tool-description"(lab) {
    expect(await selfDescription(lab)).not.toMatch(HIDDEN);
    // Generated, committed, and compared at each check: the pin of every description.
    const pinned = readFileSync(join(root, "docs/openapi.json"), "utf8");
    for (const { name, description } of await tools(lab))
      expect([name, pinned.includes(JSON.stringify(description).slice(1, 200))]).toEqual([name, true]);
  },
  async "mcp-dvmcp-c4-rug-pull"(lab, row) {
    await sameTools(lab, row);
    const before = fingerprint(await tools(lab));
    await lab.restart();
    expect(fingerprint(await tools(lab))).toBe(before);
  },
  async "mcp-dvmcp-c6-indirect-injection"(lab) {
    const before = fingerprint(await tools(lab));
    const orders = lab.room.entries().filter(({ event }) => event.startsWith("proposal.")).length;
    const { result } = rpcOf(await call(lab, "read-file", { path: DOCUMENT }));
    const { text } = result?.["structuredContent"] as { text: string };
    expect(text.length).toBeGreaterThan(1000);
    expect(readFileSync(join(lab.room.repo, DOCUMENT), "utf8").startsWith(text)).toBe(true);
    expect(fingerprint(await tools(lab))).toBe(before);
    expect(lab.room.entries().filter(({ event }) => event.startsWith("proposal."))).toHaveLength(orders);
  },
  async "mcp-dvmcp-c7-token-theft"(lab) {
    const answers = [
      await call(lab, "read-file", { path: "../.." }),
      await call(lab, "read-file", { path: 7 }),
      await call(lab, "propose-patch", { base: "x", diff: "--- a\n+++ b\n@@ bad" }),
      await lab.up.ask("/mcp", { body: "{bad" }),
      await lab.up.ask("/actions/../../etc/passwd", { body: {} }),
      await lab.up.ask("/healthz"),
      await lab.up.ask("/readyz"),
      await request(lab, "initialize", HELLO),
    ].map(({ text, headers }) => text + JSON.stringify(headers));
    for (const text of answers) {
      expect(text).not.toContain(lab.secret);
      expect(text).not.toMatch(/\/tmp\/|\/home\/|\/root\/|node_modules|\bat \S+ \(|\.ts:\d+|v\d+\.\d+\.\d+ /);
      expect(text).not.toContain(lab.room.repo);
    }
    expect(lab.up.said()).not.toContain(lab.secret);
    expect(lab.up.said()).not.toMatch(/\bat \S+ \(.*:\d+:\d+\)/);
  },
  async "mcp-dvmcp-c8-code-exec"(lab) {
    const seen = canAttach() ? await systemCalls(lab, "execve,execveat", () => attack(lab)) : [];
    expect([seen, existsSync(CANARY)]).toEqual([[], false]);
  },
  async "mcp-dvmcp-c9-command-injection"(lab) {
    const { manifest: base } = await manifest(lab);
    const edits = (path: string) => [{ op: "create", path, new_text: "x\n" }];
    const hostile = [`--upload-pack=touch ${CANARY}`, `--output=${CANARY}`, `-c core.sshCommand=touch ${CANARY}`, `$(touch ${CANARY})`, `;touch ${CANARY}`];
    for (const text of hostile) {
      expect((await call(lab, "propose-patch", proposalArgs(base, { edits: edits(text) }))).code).not.toBe("answer");
      const titled = proposalArgs(base, { edits: edits("src/titled.ts"), title: text, rationale: `${text} ${text}`, wait_seconds: 30 });
      const { result } = rpcOf(await call(lab, "propose-patch", titled));
      // Words are words: through the validator and its git to a verdict.
      expect((result?.["structuredContent"] as { state: string }).state).toBe("approved");
    }
    expect(existsSync(CANARY)).toBe(false);
    for (const name of ["branch", "ref", "remote"])
      expect((await call(lab, "propose-patch", { ...proposalArgs(base, { edits: edits("src/b.ts") }), [name]: "--x" })).code).toBe("input_invalid");
  },
  "mcp-fs-case-fold": (lab) => unread(lab, "readme.MD", "Readme.md", "README.MD", "SRC/a.ts", "src/A.TS"),
  async "mcp-fs-fifo"(lab) {
    const began = performance.now();
    await unread(lab, "src/pipe.ts");
    expect(performance.now() - began).toBeLessThan(5000);
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
    const asking = /tools?_?list|conversation|history|context|messages?|transcript|system|prompt|memory|credentials?|secrets?/i;
    for (const { name, inputSchema } of await tools(lab)) {
      expect([name, inputSchema.additionalProperties]).toEqual([name, false]);
      expect([name, Object.keys(inputSchema.properties).filter((key) => asking.test(key))]).toEqual([name, []]);
    }
  },
  async "mcp-secbench-name-squatting-server"(lab) {
    const { version, name } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, unknown>;
    for (const clientInfo of [HELLO.clientInfo, { name: "another", version: "9" }])
      expect(rpcOf(await request(lab, "initialize", { ...HELLO, clientInfo })).result?.["serverInfo"]).toMatchObject({ name, version });
  },
  "mcp-secbench-name-squatting-tool": onlyOurs,
  "mcp-secbench-tool-shadowing": onlyOurs,
  async "mcp-secbench-prompt-injection"(lab) {
    await unread(lab, ".env", "keys/attestation.key.pem", "src/key.pem", "countersign.toml", "../state/countersign.toml");
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
        const fine = answer.code === "input_invalid" || answer.code === "query_invalid" || answer.code === "range_invalid" || codeOf(answer) === -32_602;
        expect([tool, value, fine || (value === 0 && tool === "search-files")]).toEqual([tool, value, true]);
      }
    }
    expect(lab.room.entries().filter(({ event }) => event === "proposal.accepted")).toHaveLength(before);
  },
  async "mcp-secbench-slash-overlap"(lab) {
    const prompts = rpcOf(await request(lab, "prompts/list")).result?.["prompts"] as { name: string }[];
    const taken = ["help", "clear", "compact", "init", "review", "login", "logout", "model", "config", "exit", "quit", "run", "test", "commit", "agents", "mcp", "memory", "doctor", "status"];
    expect(prompts.map(({ name }) => name).filter((name) => taken.includes(name))).toEqual([]);
  },
  async "mcp-secbench-vulnerable-server"(lab) {
    await unread(lab, ...TEXTS.filter((text) => text.includes("/") || text.includes("\\")));
    expect(existsSync(CANARY)).toBe(false);
  },
};
