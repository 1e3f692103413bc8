// Cases of the MCP corpus about what the server says of itself, and what a hostile value sets off behind it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { root } from "../support/agent.ts";
import { rows } from "../support/corpora.ts";
import { proposalArgs } from "../support/gateway.ts";
import { CANARY, TEXTS } from "../support/hostile.ts";
import { inTurns } from "../support/http-ask.ts";
import { eventually } from "../support/processes.ts";
import { canAttach } from "../support/strace.ts";
import {
  call,
  type Cases,
  codeOf,
  fingerprint,
  HELLO,
  type Lab,
  manifest,
  request,
  rpcOf,
  sameTools,
  selfDescription,
  tools,
  unread,
} from "./mcp-lab.ts";

export const INJECTIONS = (rows("injections/injections.jsonl") as { text: string; label: string }[])
  .filter(({ label, text }) => label === "injection" && text.length > 20)
  .slice(0, 200)
  .map(({ text }) => text.toWellFormed());

/** Committed, and with text of all those attacks. */
export const DOCUMENT = "docs/injections.md";

/** Each hostile text in every string of every tool; answers must be answers or refusals with a reason. */
async function attack(lab: Lab): Promise<readonly string[]> {
  const { manifest: base } = await manifest(lab);
  const edits = (path: string) => [{ op: "create", path, new_text: "x\n" }];
  const calls = TEXTS.flatMap((text): readonly (readonly [string, object])[] => [
    ["read-file", { path: text }],
    ["read-manifest", { glob: text }],
    ["search-files", { query: text }],
    ["propose-patch", proposalArgs(base, { edits: edits(text), dry_run: true })],
    [
      "propose-patch",
      proposalArgs(base, { edits: edits("src/n.ts"), title: text, rationale: text, dry_run: true }),
    ],
    ["patch-status", { patch_id: text }],
  ]);
  const answers = await inTurns(calls, 8, async ([tool, args]) => (await call(lab, tool, args)).text);
  expect(answers.filter((text) => text.includes('"internal"'))).toEqual([]);
  return answers;
}

/** System calls of this name that the gateway makes during `work`. */
async function systemCalls(
  lab: Lab,
  names: string,
  work: () => Promise<unknown>,
): Promise<readonly string[]> {
  const out = join(lab.room.state, "trace");
  const tracer = spawn(
    "strace",
    ["-f", "-qq", "-e", `trace=fdatasync,fsync,${names}`, "-o", out, "-p", String(lab.up.pid)],
    { stdio: "ignore" },
  );
  const ended = once(tracer, "exit");
  const traced = (): true | undefined =>
    /^TracerPid:\s+[1-9]/m.test(readFileSync(`/proc/${lab.up.pid}/status`, "utf8")) ? true : undefined;
  expect(await eventually(traced)).toBe(true);
  await work();
  tracer.kill("SIGTERM");
  await ended;
  const lines = readFileSync(out, "utf8")
    .split("\n")
    .filter((line) => line.includes("("));
  const [syncs = [], others = []] = [true, false].map((sync) =>
    lines.filter((line) => /fd?a?t?a?sync\(/.test(line) === sync),
  );
  // Each call is durable before its answer: a trace without that saw nothing.
  expect(syncs.length).toBeGreaterThan(TEXTS.length);
  return others;
}

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
    const foreign =
      /\b(write_file|read_text_file|edit_file|list_directory|execute_\w+|run_\w+|bash|shell|fetch|browser_\w+|create_issue|send_\w+)\b/;
    for (const { name, description } of await tools(lab))
      expect([name, foreign.exec(description)]).toEqual([name, null]);
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
    expect(
      paths.filter((_, at) => answers[at]?.some(({ code }) => code === "answer" || code === "internal")),
    ).toEqual([]);
  },
  async "mcp-cisco-injection-attacks"(lab) {
    const before = lab.up.said().length;
    await attack(lab);
    const entries = lab.room.entries();
    expect(entries.length).toBeGreaterThan(TEXTS.length * 6);
    // One line is one record: nothing that a caller wrote begins a line of its own.
    const lines = lab.up.said().slice(before).trimEnd().split("\n");
    expect(lines.filter((line) => line !== "" && !/^\{.*\}$/.test(line))).toEqual([]);
  },
  async "mcp-cisco-unauthorized-network-access"(lab) {
    if (!canAttach()) return;
    expect(await systemCalls(lab, "connect,sendto,sendmsg,sendmmsg", () => attack(lab))).toEqual([]);
  },
  async "mcp-dvmcp-c1-unlisted-resource"(lab) {
    for (const uri of [
      "internal://credentials",
      "file:///etc/passwd",
      "repo:///.env",
      "countersign://../keys",
      "countersign://manifest/../../keys",
      "countersign://patch/..%2f..",
      "",
    ]) {
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
    const { text = "" } = (result?.["structuredContent"] ?? {}) as { text?: string };
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
    const hostile = [
      `--upload-pack=touch ${CANARY}`,
      `--output=${CANARY}`,
      `-c core.sshCommand=touch ${CANARY}`,
      `$(touch ${CANARY})`,
      `;touch ${CANARY}`,
    ];
    for (const text of hostile) {
      expect((await call(lab, "propose-patch", proposalArgs(base, { edits: edits(text) }))).code).not.toBe(
        "answer",
      );
      const titled = proposalArgs(base, {
        edits: edits("src/titled.ts"),
        title: text,
        rationale: `${text} ${text}`,
        wait_seconds: 30,
      });
      const { result } = rpcOf(await call(lab, "propose-patch", titled));
      // Words are words: through the validator and its git to a verdict.
      expect(result?.["structuredContent"]).toMatchObject({ state: "approved" });
    }
    expect(existsSync(CANARY)).toBe(false);
    for (const name of ["branch", "ref", "remote"])
      expect(
        (
          await call(lab, "propose-patch", {
            ...proposalArgs(base, { edits: edits("src/b.ts") }),
            [name]: "--x",
          })
        ).code,
      ).toBe("input_invalid");
  },
};
