// What the MCP routes of the HTTP door need of the process, and what they make of it for one request.
import type { Refusal } from "../../core/base/refusal.ts";
import { parseTraceparent } from "../../core/base/trace-context.ts";
import type { Config } from "../../core/config/schema.ts";
import type { Principal } from "../../core/identity/principal.ts";
import type { Log } from "../../io/log/log.ts";
import type { Store } from "../../io/store/store.ts";
import type { Exchange, Reply } from "../http/exchange.ts";
import type { Gates } from "../gates/gates.ts";
import type { News } from "../legs/news.ts";
import type { Corridor } from "../tools/call.ts";
import type { Tool } from "../tools/tool.ts";
import type { Uncharged } from "../tools/uncharged.ts";
import { type Hearing, openHearing } from "./hearing.ts";
import { isCharged } from "./message.ts";
import { faultReply, SERVER_ERROR } from "./reply.ts";
import type { McpParts } from "./server.ts";
import type { Streams } from "./streams.ts";

/** What is in force now: a changed configuration takes effect with the next request. */
export interface McpService {
  readonly setup: { readonly config: Pick<Config, "server"> };
  readonly tools: ReadonlyMap<string, Tool>;
  readonly corridor: Corridor;
  readonly gates: Gates;
  readonly presented: (tool: string) => string;
}

export interface McpHttpParts {
  readonly version: string;
  readonly service: () => McpService;
  readonly news: News;
  readonly store: Pick<Store, "proposal">;
  /** Shared by all routes with event streams. */
  readonly streams: Streams;
  /** Whether what proved the principal still counts, with the same rights. */
  readonly stillValid: (principal: Principal) => boolean | Promise<boolean>;
  /** Asked for what is no call; calls are counted by the corridor. */
  readonly uncharged: Uncharged;
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
    who: callerOf(parts, exchange),
    stopping: exchange.signal,
    minProtocol: setup.config.server.min_protocol,
    hearing: hearingOf(parts, exchange),
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
      stopped: () => corridor.stopped(),
    },
    reached: () => {
      taken = true;
    },
    denied: () => denied,
    taken: () => taken,
  };
}

export function callerOf(
  { stillValid }: Pick<McpHttpParts, "stillValid">,
  { principal, id, correlation, address, headers }: Exchange,
): McpParts["who"] {
  const { name, credential, scope } = principal;
  const trace = parseTraceparent(headers["traceparent"]);
  return {
    principal: name,
    credential,
    scope,
    session: id,
    stillValid: () => stillValid(principal),
    ...(correlation === undefined ? {} : { correlation }),
    ...(address === undefined ? {} : { address }),
    ...(trace === undefined ? {} : { trace }),
  };
}

/** What a request is answered that is no call, when its caller had enough of them in this minute. */
export function overShare(
  parts: Pick<McpHttpParts, "uncharged" | "stillValid">,
  exchange: Exchange,
): Reply | undefined {
  const { body } = exchange;
  const said = isCharged(body) ? undefined : parts.uncharged.meet(callerOf(parts, exchange));
  return said === undefined ? undefined : faultReply(body, { status: 429, code: SERVER_ERROR, said });
}

export function hearingOf({ service, store }: McpHttpParts, { principal }: Exchange): Hearing {
  const { name, credential, scope } = principal;
  return openHearing({ service, store, who: () => ({ principal: name, credential, scope }) });
}
