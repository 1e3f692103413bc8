// What the MCP routes of the HTTP door need of the process, and what they make of it for one request.
import type { PatchId } from "../../core/base/ids.ts";
import type { Refusal } from "../../core/base/refusal.ts";
import type { Config } from "../../core/config/schema.ts";
import type { Principal } from "../../core/identity/principal.ts";
import type { Log } from "../../io/log/log.ts";
import type { Exchange } from "../http/exchange.ts";
import type { News } from "../legs/news.ts";
import type { Corridor } from "../tools/call.ts";
import type { Tool } from "../tools/tool.ts";
import type { McpParts } from "./server.ts";
import type { Streams } from "./streams.ts";

/** What is in force now: a changed configuration takes effect with the next request. */
export interface McpService {
  readonly setup: { readonly config: Pick<Config, "server"> };
  readonly tools: ReadonlyMap<string, Tool>;
  readonly corridor: Corridor;
  readonly presented: (tool: string) => string;
}

export interface McpHttpParts {
  readonly version: string;
  readonly service: () => McpService;
  readonly news: News;
  /** Name of the principal that made a proposal. */
  readonly proposer: (id: PatchId) => string | undefined;
  /** Shared by all routes with event streams. */
  readonly streams: Streams;
  readonly log: Pick<Log, "debug">;
}

/** Everything of one request, and of nothing else: two requests share no state, whatever ids they carry. */
export interface RequestParts extends McpParts {
  /** What the corridor refused in this request, if it did. */
  readonly denied: () => Refusal | undefined;
  /** A handler of ours took the request over, so that it is recorded. */
  readonly taken: () => boolean;
}

export function requestParts(parts: McpHttpParts, exchange: Exchange): RequestParts {
  const { tools, corridor, presented, setup } = parts.service();
  let denied: Refusal | undefined;
  let taken = false;
  return {
    version: parts.version,
    tools,
    presented,
    who: callerOf(exchange),
    stopping: exchange.signal,
    minProtocol: setup.config.server.min_protocol,
    owns: ownerCheck(parts, exchange.principal),
    corridor: {
      async call(...call) {
        const outcome = await corridor.call(...call);
        if (outcome.kind !== "answer") denied = outcome.refusal;
        return outcome;
      },
      reject(...fault) {
        const denial = corridor.reject(...fault);
        denied = denial.refusal;
        return denial;
      },
    },
    reached: () => {
      taken = true;
    },
    denied: () => denied,
    taken: () => taken,
  };
}

export function callerOf({ principal, id, correlation }: Exchange): McpParts["who"] {
  const { name, credential, scope } = principal;
  return {
    principal: name,
    credential,
    scope,
    session: id,
    ...(correlation === undefined ? {} : { correlation }),
  };
}

/** Own proposals, and everybody's for those who review. */
export function ownerCheck({ proposer }: Pick<McpHttpParts, "proposer">, principal: Principal) {
  return (id: PatchId): boolean => principal.scope.patches === "all" || proposer(id) === principal.name;
}
