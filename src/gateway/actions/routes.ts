// The tools as REST, for ChatGPT's actions and plain curl: one POST for each, through the same corridor as MCP.
import { parseTraceparent } from "../../core/base/trace-context.ts";
import type { Config } from "../../core/config/schema.ts";
import type { Principal } from "../../core/identity/principal.ts";
import type { Scope } from "../../core/identity/scope.ts";
import type { Exchange, Reply, Route } from "../http/exchange.ts";
import { statusOf } from "../http/status.ts";
import type { Corridor, Denial } from "../tools/call.ts";
import { denialBody } from "../tools/denial.ts";
import type { Caller, Tool } from "../tools/tool.ts";
import type { Uncharged } from "../tools/uncharged.ts";
import { ACTIONS, MAX_ACTION_WAIT, openApi } from "./openapi.ts";

/** Looked at for each request: tools and corridor follow the configuration in force, and the port is known only later. */
export interface ActionParts {
  readonly corridor: Pick<Corridor, "call">;
  /** Tools that exist for callers, by the name under which they are presented. */
  readonly tools: ReadonlyMap<string, Tool>;
  readonly version: string;
  /** Origin under which clients reach the server. */
  readonly baseUrl: string;
  readonly auth: Config["auth"]["mode"];
  /** Asked for what is no call; calls are counted by the corridor. */
  readonly uncharged: Pick<Uncharged, "meet">;
  /** Whether what proved the principal still counts, with the same rights. */
  readonly stillValid: (principal: Principal) => boolean | Promise<boolean>;
}

const JSON_TYPE = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" } as const;

export function actionRoutes(parts: ActionParts): readonly Route[] {
  const documentOf = openDocuments(parts);
  return [
    {
      path: `${ACTIONS}openapi.json`,
      methods: ["GET"],
      handler: (exchange) => {
        const over = parts.uncharged.meet(callerOf(parts, exchange));
        if (over !== undefined) return Promise.resolve(denialReply({ refusal: over }));
        const body = documentOf(exchange.principal.scope);
        return Promise.resolve({ status: 200, headers: JSON_TYPE, body });
      },
    },
    {
      path: `${ACTIONS}*`,
      methods: ["POST"],
      body: "json",
      handler: async (exchange) => act(parts, exchange),
    },
  ];
}

async function act(parts: ActionParts, exchange: Exchange): Promise<Reply> {
  // Not decoded: a name has no character that needs it, and what is written otherwise is no name.
  const name = exchange.path.slice(ACTIONS.length);
  const outcome = await parts.corridor.call(name, bounded(exchange.body ?? {}), callerOf(parts, exchange));
  if (outcome.kind === "answer") return { status: 200, headers: JSON_TYPE, body: outcome.text };
  return denialReply(outcome);
}

function denialReply(denial: Pick<Denial, "refusal" | "gate">): Reply {
  const { code, retry_after: seconds } = denial.refusal;
  const wait = seconds === undefined ? {} : { "retry-after": String(seconds) };
  return {
    status: statusOf(code),
    headers: { ...JSON_TYPE, ...wait },
    body: JSON.stringify(denialBody(denial)),
  };
}

/** ChatGPT hangs up after 45 seconds, and would never learn the id of a proposal that it waits for longer than that. */
function bounded(body: unknown): unknown {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return body;
  const seconds: unknown = Reflect.get(body, "wait_seconds");
  const long = Number.isSafeInteger(seconds) && (seconds as number) > MAX_ACTION_WAIT;
  return long ? { ...body, wait_seconds: MAX_ACTION_WAIT } : body;
}

function callerOf(
  { stillValid }: ActionParts,
  { principal, id, correlation, address, headers, signal }: Exchange,
): Caller {
  const { name, credential, scope } = principal;
  const trace = parseTraceparent(headers["traceparent"]);
  const who = { principal: name, credential, scope, session: id, correlation, address, trace };
  return { ...who, signal, progress: () => undefined, stillValid: () => stillValid(principal) };
}

/** Only the caller's own tools: what it may not use is absent here as it is from tools/list. */
function openDocuments(parts: ActionParts): (scope: Scope) => string {
  // One for each set of tools that somebody may use; those of a configuration go with it.
  const made = new WeakMap<ActionParts["tools"], Map<string, string>>();
  return (scope) => {
    const { tools, baseUrl, version, auth } = parts;
    const known = made.get(tools) ?? new Map<string, string>();
    made.set(tools, known);
    const own = [...tools].filter(([, { name }]) => scope.tools.some((allowed) => allowed === name));
    const id = own.map(([name]) => name).join(" ");
    const text = known.get(id) ?? JSON.stringify(openApi({ tools: new Map(own), baseUrl, version, auth }));
    known.set(id, text);
    return text;
  };
}
