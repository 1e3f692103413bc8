// The two agents of the tour: real MCP clients of the current SDK line and of the one before.
import { Client as ClientV2 } from "@modelcontextprotocol/client";
import { StdioClientTransport as StdioV2 } from "@modelcontextprotocol/client/stdio";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as StdioV1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const bin = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "bin", "countersign.js");

const refusalSchema = z.object({ refusal: z.object({ code: z.string(), message: z.string() }) });
const manifestSchema = z.object({
  manifest: z.string(),
  commit: z.string(),
  entries: z.array(z.object({ path: z.string() })),
  omitted: z.array(z.object({ path: z.string(), reason: z.string() })),
});
const proposalSchema = z.object({
  patch_id: z.string(),
  patch_sha256: z.string(),
  state: z.string(),
  reasons: z.array(z.object({ code: z.string(), message: z.string(), where: z.string() })),
});

export interface Proposal {
  readonly base: string;
  readonly title: string;
  readonly rationale: string;
  readonly diff?: string;
  readonly edits?: readonly unknown[];
}

export interface Agent {
  readonly protocol: string;
  manifest(): Promise<{
    digest: string;
    commit: string;
    paths: readonly string[];
    omitted: readonly { path: string; reason: string }[];
  }>;
  read(path: string): Promise<string>;
  refusalOf(tool: string, args: Record<string, unknown>): Promise<string>;
  propose(
    proposal: Proposal,
  ): Promise<{ id: string; sha256: string; outcome: string; reasons: readonly string[] }>;
  close(): Promise<void>;
}

interface Answer {
  readonly structuredContent?: unknown;
  readonly isError?: unknown;
}

type Call = (name: string, args: Record<string, unknown>) => Promise<Answer>;

/** The two SDK lines type their results differently; only these two fields matter here. */
function answerOf(result: object): Answer {
  return {
    structuredContent: Reflect.get(result, "structuredContent"),
    isError: Reflect.get(result, "isError"),
  };
}

const launch = (repo: string, state: string): { command: string; args: string[]; stderr: "ignore" } => ({
  command: process.execPath,
  args: [bin, "up", "--stdio", "--repo", repo, "--state", state],
  stderr: "ignore",
});

export async function connectV2(repo: string, state: string): Promise<Agent> {
  const client = new ClientV2(
    { name: "tour-v2", version: "1.0.0" },
    { versionNegotiation: { mode: "auto" } },
  );
  await client.connect(new StdioV2(launch(repo, state)));
  return agent(
    "2026-07-28",
    async (name, args) => answerOf(await client.callTool({ name, arguments: args })),
    () => client.close(),
  );
}

export async function connectV1(repo: string, state: string): Promise<Agent> {
  const client = new ClientV1({ name: "tour-v1", version: "1.0.0" });
  await client.connect(new StdioV1(launch(repo, state)));
  return agent(
    "2025-11-25",
    async (name, args) => answerOf(await client.callTool({ name, arguments: args })),
    () => client.close(),
  );
}

function agent(protocol: string, call: Call, close: () => Promise<void>): Agent {
  return {
    protocol,
    manifest: async () => {
      const found = manifestSchema.parse(await settled(call, "read-manifest", {}));
      return {
        digest: found.manifest,
        commit: found.commit,
        paths: found.entries.map((entry) => entry.path),
        omitted: found.omitted,
      };
    },
    read: async (path) =>
      z.object({ text: z.string() }).parse((await call("read-file", { path })).structuredContent).text,
    refusalOf: async (tool, args) =>
      refusalSchema.parse((await call(tool, args)).structuredContent).refusal.code,
    propose: async (proposal) => {
      const answer = await call("propose-patch", {
        change_type: "code_modification",
        risk_level: "low",
        wait_seconds: 30,
        ...proposal,
      });
      if (answer.isError === true)
        throw new Error(`propose-patch was refused: ${JSON.stringify(answer.structuredContent)}`);
      const said = proposalSchema.parse(answer.structuredContent);
      return {
        id: said.patch_id,
        sha256: said.patch_sha256,
        outcome: said.state.toUpperCase(),
        reasons: said.reasons.map((r) => `${r.code} ${r.where}`),
      };
    },
    close,
  };
}

/** The first manifest may still be on its way when the agent is already connected. */
async function settled(call: Call, name: string, args: Record<string, unknown>): Promise<unknown> {
  for (let attempt = 0; ; attempt++) {
    const answer = await call(name, args);
    const refused = refusalSchema.safeParse(answer.structuredContent);
    if (!refused.success) return answer.structuredContent;
    if (refused.data.refusal.code !== "manifest_unavailable" || attempt > 200)
      throw new Error(refused.data.refusal.message);
    await pause(100);
  }
}
