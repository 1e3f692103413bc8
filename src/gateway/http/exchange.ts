// One HTTP exchange behind the door: a request that passed every check and has a principal, and the reply to it.
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Principal } from "../../core/identity/principal.ts";

export interface Exchange {
  readonly principal: Principal;
  /** Id of this request, made by us (UUID): the session of its audit entries, sent back as x-request-id. */
  readonly id: string;
  /** x-correlation-id of the client, checked. */
  readonly correlation: string | undefined;
  /** Where it came from, as the log of refusals has it. */
  readonly address?: string | undefined;
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Security-relevant headers occur once; the door has refused the others. */
  readonly headers: IncomingHttpHeaders;
  /** The body, parsed strictly (no duplicate key, no __proto__, bounded depth); undefined when there was none. */
  readonly body: unknown;
  /** Aborted when the client is gone or the process stops. */
  readonly signal: AbortSignal;
  /** Only for transports that need the raw streams (HTTP+SSE). */
  readonly raw: { readonly request: IncomingMessage; readonly response: ServerResponse };
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | ReadableStream<Uint8Array> | undefined;
}

/** `undefined`: the handler has answered, or will answer, on the raw response itself. */
export type Handler = (exchange: Exchange) => Promise<Reply | undefined>;

export interface Route {
  /** Exact path, or one that ends with `/*`. */
  readonly path: string;
  readonly methods: readonly string[];
  /** `json`: POST bodies must be application/json; `form`: application/x-www-form-urlencoded, given as an object of single strings. Left out: a body is refused (415). */
  readonly body?: "json" | "form";
  readonly handler: Handler;
}

/** Routes for which nobody has to prove who they are: health, metadata, the token endpoint. They see no principal. */
export type OpenHandler = (
  exchange: Omit<Exchange, "principal"> & { readonly address: string },
) => Promise<Reply>;

export interface OpenRoute extends Omit<Route, "handler"> {
  readonly handler: OpenHandler;
}
