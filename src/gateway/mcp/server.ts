// The MCP server of one connection: hands every request to the corridor and tells the client what changed.
import {
  type CallToolResult,
  type JSONRPCRequest,
  ProtocolError,
  ProtocolErrorCode,
  type ReadResourceResult,
  type RequestId,
  ResourceNotFoundError,
  type Result as McpResult,
  Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import type { Reason } from "../../core/base/reason.ts";
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import { parseTraceparent } from "../../core/base/trace-context.ts";
import type { ToolName } from "../../core/identity/scope.ts";
import type { News } from "../legs/news.ts";
import type { Corridor, Denial } from "../tools/call.ts";
import type { Caller, Tool } from "../tools/tool.ts";
import { negotiable, type Revision } from "./floor.ts";
import type { Hearing } from "./hearing.ts";
import { callResult, invalidParams, listTools } from "./presentation.ts";
import { getPrompt, prompts, workflow } from "./prompts.ts";
import { resourceCall, resourceResult, resources, resourceTemplates } from "./resources.ts";
import { announceChanges, type Subscriptions } from "./updates.ts";

export interface McpParts {
  readonly version: string;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly corridor: Corridor;
  readonly who: Pick<
    Caller,
    "principal" | "credential" | "scope" | "session" | "correlation" | "trace" | "stillValid"
  >;
  /** Aborted when the process stops or the caller is gone: calls that wait end then. */
  readonly stopping: AbortSignal;
  /** Oldest protocol revision that is served. */
  readonly minProtocol: Revision;
  /** A handler has taken over the request with this id: from here on the corridor records what becomes of it. */
  readonly reached: (id: RequestId) => void;
  /** The name under which a tool is presented. */
  readonly presented: (tool: string) => string;
  /** What changes is told over this connection; undefined where a server lives for one request only. */
  readonly news?: News | undefined;
  readonly hearing: Hearing;
  /** The client takes no event stream, so it is not told how far a call is. */
  readonly quiet?: boolean;
}

const callParams = z.looseObject({
  name: z.string(),
  arguments: z.record(z.string(), z.unknown()).optional(),
});
/** Of a resource that a caller may not have it is told what it is told of one that there is not. */
const MISSING: ReadonlySet<Reason> = new Set([
  "not_listed",
  "patch_unknown",
  "input_invalid",
  "tool_unknown",
  "unauthorized",
]);

const readParams = z.looseObject({ uri: z.string() });
const promptParams = z.looseObject({ name: z.string(), arguments: z.unknown().optional() });

export function mcpServer(parts: McpParts, era: "legacy" | "modern"): Server {
  const info = { name: "countersign", title: "countersign", version: parts.version };
  // Under 2026-07-28 whoever serves the request keeps the subscriptions; before it they need a connection.
  const pushes = era === "modern" || parts.news !== undefined;
  const server = new Server(info, {
    capabilities: { tools: {}, prompts: {}, resources: pushes ? { subscribe: true, listChanged: true } : {} },
    instructions: workflow(parts.presented, usable(parts)),
    // A handshake never ends below the floor, whatever the client asked for.
    supportedProtocolVersions: negotiable(parts.minProtocol),
  });
  const subscriptions = announceChanges(server, parts, era);
  server.setRequestHandler("tools/list", (_, { mcpReq }) => {
    parts.reached(mcpReq.id);
    return { tools: listTools(parts.tools).filter(({ name }) => mayUse(parts, name)) };
  });
  server.setRequestHandler("resources/list", () => ({ resources: resources(usable(parts)) }));
  server.setRequestHandler("resources/templates/list", () => ({
    resourceTemplates: resourceTemplates(usable(parts)),
  }));
  server.setRequestHandler("prompts/list", () => ({ prompts: prompts(usable(parts)) }));
  // These have no handler of their own: the SDK would check their shape first and answer a bad one by itself,
  // unrecorded. Here the raw request comes in, and everything that is refused is recorded.
  server.fallbackRequestHandler = async (request, context): Promise<McpResult> => {
    parts.reached(request.id);
    if (request.method === "tools/call") return callTool(parts, request, context);
    if (request.method === "resources/read") return readResource(parts, request, context);
    if (request.method === "prompts/get") return promptResult(parts, request);
    if (subscriptions !== undefined && request.method === "resources/subscribe")
      return subscribe(parts, request, subscriptions);
    if (subscriptions !== undefined && request.method === "resources/unsubscribe")
      return subscribed(parts, request, subscriptions.unsubscribe);
    throw unknownMethod(parts, request.method);
  };
  return server;
}

/** What a caller may not use does not exist for it, neither in a listing nor in the instructions. */
function mayUse({ tools, who }: McpParts, presentedName: string): boolean {
  const tool = tools.get(presentedName);
  return tool !== undefined && who.scope.tools.some((name) => name === tool.name);
}

function usable(parts: McpParts): (tool: ToolName) => boolean {
  return (tool) => mayUse(parts, parts.presented(tool));
}

function unknownMethod({ corridor, who }: McpParts, method: string): ProtocolError {
  const said = refusal("input_invalid", "there is no such method", method);
  const { refusal: answered } = corridor.reject(method, said, who);
  return new ProtocolError(ProtocolErrorCode.MethodNotFound, "Method not found", { refusal: answered });
}

/** What its caller may not read now is answered as a read of it would be. */
async function subscribe(
  parts: McpParts,
  request: JSONRPCRequest,
  { subscribe: add }: Subscriptions,
): Promise<McpResult> {
  const stopped = parts.corridor.stopped();
  if (stopped !== undefined) throw rejected(parts, request.method, stopped);
  const params = readParams.safeParse(request.params);
  const held = params.success ? await parts.hearing.held([params.data.uri]) : undefined;
  if (held === undefined) return subscribed(parts, request, add);
  const denial = parts.corridor.reject(request.method, held.refusal, parts.who, held.gate);
  throw unreadable(params.data?.uri ?? "", denial);
}

function subscribed(parts: McpParts, request: JSONRPCRequest, change: (uri: string) => void): McpResult {
  const params = readParams.safeParse(request.params);
  if (!params.success)
    throw rejected(parts, request.method, refusal("input_invalid", "uri has another form", "params"));
  change(params.data.uri);
  return {};
}

async function callTool(
  parts: McpParts,
  request: JSONRPCRequest,
  context: ServerContext,
): Promise<CallToolResult> {
  const params = callParams.safeParse(request.params);
  if (!params.success)
    throw rejected(
      parts,
      "tools/call",
      refusal("input_invalid", "name and arguments have another form", "params"),
    );
  const outcome = await parts.corridor.call(
    params.data.name,
    params.data.arguments ?? {},
    callerOf(parts, context),
  );
  return callResult(outcome);
}

async function readResource(
  parts: McpParts,
  request: JSONRPCRequest,
  context: ServerContext,
): Promise<ReadResourceResult> {
  const params = readParams.safeParse(request.params);
  if (!params.success)
    throw rejected(parts, "resources/read", refusal("input_invalid", "uri has another form", "params"));
  const { uri } = params.data;
  const call = resourceCall(uri);
  if (!call.ok) {
    parts.corridor.reject("resources/read", call.refusal, parts.who);
    throw new ResourceNotFoundError(uri);
  }
  const outcome = await parts.corridor.call(
    parts.presented(call.value.tool),
    call.value.args,
    callerOf(parts, context),
  );
  if (outcome.kind === "answer") return resourceResult(uri, call.value, outcome.output, outcome.text);
  throw unreadable(uri, outcome);
}

function unreadable(uri: string, denial: Denial): ProtocolError {
  return MISSING.has(denial.refusal.code) ? new ResourceNotFoundError(uri) : invalidParams(denial);
}

function promptResult(parts: McpParts, request: JSONRPCRequest): McpResult {
  const stopped = parts.corridor.stopped();
  if (stopped !== undefined) throw rejected(parts, "prompts/get", stopped);
  const params = promptParams.safeParse(request.params);
  const prompt = getPrompt(params.data?.name, params.data?.arguments, parts.presented, usable(parts));
  if (!prompt.ok) throw rejected(parts, "prompts/get", prompt.refusal);
  return prompt.value;
}

/** What is no call at all is recorded all the same. */
function rejected(parts: McpParts, method: string, said: Refusal): ProtocolError {
  return invalidParams(parts.corridor.reject(method, said, parts.who));
}

function callerOf({ who, stopping, quiet }: McpParts, { mcpReq }: ServerContext): Caller {
  const token = quiet === true ? undefined : mcpReq._meta?.progressToken;
  // Of the call itself, where it says so; else of the request that it came in.
  const trace = parseTraceparent(mcpReq._meta?.["traceparent"]) ?? who.trace;
  let progress = 0;
  return {
    ...who,
    ...(trace === undefined ? {} : { trace }),
    signal: AbortSignal.any([mcpReq.signal, stopping]),
    progress(message) {
      if (token === undefined) return;
      progress += 1;
      // A client that is gone does not hear it; that is no reason to fail the call.
      mcpReq
        .notify({ method: "notifications/progress", params: { progressToken: token, progress, message } })
        .catch(() => undefined);
    },
  };
}
