// What the cases of the MCP corpus are run against: the real processes with the quickstart preset, asked without any token.
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import { type Answer, type Ask, type Era, mcp, toolCall } from "../support/http-ask.ts";
import type { Room, Up } from "../support/http-up.ts";
import { type Answered, talk } from "../support/http.ts";
import { git, writeFiles } from "../support/scratch.ts";

export interface Lab {
  readonly room: Room;
  readonly up: Up;
  /** Value of an environment variable of the person who started it. */
  readonly secret: string;
  /** Replaced by a restart. */
  restart(): Promise<void>;
}

export interface Row {
  readonly id: string;
  readonly request: unknown;
}

export type Case = (lab: Lab, row: Row) => Promise<void>;
export type Cases = Readonly<Record<string, Case>>;

interface Rpc {
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string };
}

export const rpcOf = ({ json }: Answer): Rpc => json;
export const codeOf = (answer: Answer): number | undefined => rpcOf(answer).error?.code;

export function call({ up }: Lab, tool: string, args: object, era: Era = "legacy"): Promise<Answer> {
  return up.ask(...toolCall(era, tool, args, 1));
}

export function request(
  { up }: Lab,
  method: string,
  params: object = {},
  era: Era = "legacy",
): Promise<Answer> {
  return up.ask(...mcp(era, method, params, 1));
}

/** The body as text, as it is. */
export function raw({ up }: Lab, body: string | Uint8Array, ask: Ask = {}): Promise<Answer> {
  return up.ask("/mcp", { ...ask, body, headers: { "mcp-protocol-version": "2025-11-25", ...ask.headers } });
}

/** Bytes on a bare connection; `{HOST}` stands for ours. */
export async function bytes({ up }: Lab, text: string): Promise<Answered | undefined> {
  const said = text.replaceAll("{HOST}", `127.0.0.1:${up.port}`);
  const { answers } = await talk({ host: "127.0.0.1", port: up.port }, said, { answers: 1 });
  return answers[0];
}

export interface Listed {
  readonly name: string;
  readonly title?: string;
  readonly description: string;
  readonly inputSchema: {
    readonly properties: Readonly<Record<string, unknown>>;
    readonly additionalProperties: boolean;
  };
}

export async function tools(lab: Lab): Promise<readonly Listed[]> {
  return rpcOf(await request(lab, "tools/list")).result?.["tools"] as readonly Listed[];
}

/** Everything that a client is told of us before it calls anything. */
export async function selfDescription(lab: Lab): Promise<string> {
  const shown = await Promise.all(
    ["tools/list", "resources/list", "resources/templates/list", "prompts/list"].map((method) =>
      request(lab, method),
    ),
  );
  const hello = await request(lab, "initialize", HELLO);
  return [...shown, hello].map(({ text }) => text).join("\n");
}

export const HELLO = {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "x", version: "1" },
};

export const fingerprint = (value: unknown): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("hex");

export function refusedWith(answer: Answer, ...codes: readonly string[]): void {
  expect(codes).toContain(answer.code);
  expect(answer.text).not.toMatch(/BEGIN|root:|CANARY/);
}

export async function manifest(
  lab: Lab,
): Promise<{ manifest: string; entries: { path: string }[]; omitted: { path: string; reason: string }[] }> {
  return rpcOf(await call(lab, "read-manifest", {})).result?.["structuredContent"] as never;
}

export async function unread(lab: Lab, ...paths: readonly unknown[]): Promise<void> {
  for (const path of paths)
    refusedWith(await call(lab, "read-file", { path }), "not_listed", "input_invalid");
}

/** Neither calls nor a new manifest change what the tools say of themselves. */
export const sameTools: Case = async (lab) => {
  const before = fingerprint(await tools(lab));
  for (let n = 0; n < 20; n++) await call(lab, "read-file", { path: "src/a.ts" });
  expect(fingerprint(await tools(lab))).toBe(before);
  const { manifest: old } = await manifest(lab);
  writeFiles(lab.room.repo, { [`src/later${old.slice(0, 8)}.ts`]: "later\n" });
  git(lab.room.repo, "add", `src/later${old.slice(0, 8)}.ts`);
  git(lab.room.repo, "commit", "-q", "-m", "later");
  for (let look = 0; look < 300 && (await manifest(lab)).manifest === old; look++) await pause(100);
  expect((await manifest(lab)).manifest).not.toBe(old);
  expect(fingerprint(await tools(lab))).toBe(before);
};
