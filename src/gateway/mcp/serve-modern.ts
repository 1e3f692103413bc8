// One request of revision 2026-07-28 through the SDK's handler, which checks envelope and headers and shapes the answer.
import { createMcpHandler } from "@modelcontextprotocol/server";
import type { Exchange, Reply } from "../http/exchange.ts";
import type { McpHttpParts, RequestParts } from "./http-parts.ts";
import type { Listening } from "./listen.ts";
import { headersOf, isEvents, KEEP_ALIVE, replyOf } from "./reply-of.ts";
import { mcpServer } from "./server.ts";

/** What the SDK looks at; nothing else of the request, and no secret, reaches it. */
const FORWARDED = ["content-type", "accept", "mcp-protocol-version", "mcp-method", "mcp-name"] as const;

/** A handler for each request: it closes over this caller and nothing else, so no two requests can meet in it. */
export async function serveModern(
  { log }: Pick<McpHttpParts, "log">,
  mine: RequestParts,
  exchange: Exchange,
  stream: Listening | undefined,
): Promise<Reply> {
  const handler = createMcpHandler(({ era }) => mcpServer(mine, era), {
    legacy: "reject",
    responseMode: "auto",
    keepAliveMs: KEEP_ALIVE,
    onerror: (error) => log.debug({ error }, "protocol"),
    ...(stream === undefined ? {} : { bus: stream.bus }),
  });
  const response = await handler.fetch(webRequest(exchange), { parsedBody: exchange.body });
  if (stream === undefined) return replyOf(mine, exchange, response, "modern");
  if (isEvents(response) && response.body !== null) {
    const body = stream.watch(response.body, () => void handler.close());
    return { status: response.status, headers: headersOf(response), body };
  }
  stream.release();
  return replyOf(mine, exchange, response, "modern");
}

function webRequest({ headers, signal }: Exchange): Request {
  const forwarded = FORWARDED.flatMap((name): [string, string][] => {
    const value = headers[name];
    return value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]];
  });
  // The address says nothing: the door has judged it, and no handler looks at it.
  return new Request("http://countersign.invalid/mcp", { method: "POST", headers: forwarded, signal });
}
