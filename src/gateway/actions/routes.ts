// The tools as REST, for ChatGPT's actions and plain curl: one POST for each, through the same corridor as MCP.
import type { Refusal } from "../../core/base/refusal.ts";
import type { Scope, ToolName } from "../../core/identity/scope.ts";
import type { Exchange, Reply, Route } from "../http/exchange.ts";
import { statusOf } from "../http/status.ts";
import type { Corridor } from "../tools/call.ts";
import type { Caller, Tool } from "../tools/tool.ts";
import { ACTIONS, MAX_ACTION_WAIT, openApi } from "./openapi.ts";

export interface ActionParts {
  readonly corridor: Pick<Corridor, "call">;
  /** Tools that exist for callers, by the name under which they are presented. */
  readonly tools: ReadonlyMap<string, Tool>;
  readonly version: string;
  /** Origin under which clients reach the server. */
  readonly baseUrl: string;
}

const JSON_TYPE = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" } as const;

export function actionRoutes(parts: ActionParts): readonly Route[] {
  const documents = new Map<string, string>();
  return [
    {
      path: `${ACTIONS}openapi.json`,
      methods: ["GET"],
      handler: ({ principal }) =>
        Promise.resolve({
          status: 200,
          headers: JSON_TYPE,
          body: documentFor(parts, principal.scope, documents),
        }),
    },
    {
      path: `${ACTIONS}*`,
      methods: ["POST"],
      body: "json",
      handler: async (exchange) => act(parts, exchange),
    },
  ];
}

async function act({ corridor }: ActionParts, exchange: Exchange): Promise<Reply> {
  // Not decoded: a name has no character that needs it, and what is written otherwise is no name.
  const name = exchange.path.slice(ACTIONS.length);
  const outcome = await corridor.call(name, bounded(exchange.body ?? {}), callerOf(exchange));
  if (outcome.kind === "answer") return { status: 200, headers: JSON_TYPE, body: outcome.text };
  return refusalReply(outcome.refusal);
}

function refusalReply(refusal: Refusal): Reply {
  const { code, retry_after: seconds } = refusal;
  const wait = seconds === undefined ? {} : { "retry-after": String(seconds) };
  return { status: statusOf(code), headers: { ...JSON_TYPE, ...wait }, body: JSON.stringify({ refusal }) };
}

/** ChatGPT hangs up after 45 seconds, and would never learn the id of a proposal that it waits for longer than that. */
function bounded(body: unknown): unknown {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return body;
  const seconds: unknown = Reflect.get(body, "wait_seconds");
  const long = Number.isSafeInteger(seconds) && (seconds as number) > MAX_ACTION_WAIT;
  return long ? { ...body, wait_seconds: MAX_ACTION_WAIT } : body;
}

function callerOf({ principal, id, correlation, signal }: Exchange): Caller {
  const { name, credential, scope } = principal;
  return { principal: name, credential, scope, session: id, correlation, signal, progress: () => undefined };
}

/** Most documents that are kept; there are as many as there are different sets of tools. */
const MAX_DOCUMENTS = 64;

/** Only the caller's own tools: what it may not use is absent here as it is from tools/list. */
function documentFor(
  { tools, version, baseUrl }: ActionParts,
  scope: Scope,
  known: Map<string, string>,
): string {
  const own = new Map([...tools].filter(([, tool]) => scope.tools.includes(tool.name as ToolName)));
  const id = [...own.keys()].join(" ");
  const made = known.get(id) ?? JSON.stringify(openApi({ tools: own, baseUrl, version }));
  if (known.size < MAX_DOCUMENTS) known.set(id, made);
  return made;
}
