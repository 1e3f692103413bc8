// One request of a revision before 2026-07-28, without a session: a server for it alone, and one answer.
import {
  type JSONRPCRequest,
  PerRequestHTTPServerTransport,
  SdkError,
  SdkErrorCode,
} from "@modelcontextprotocol/server";
import type { Exchange, Reply } from "../http/exchange.ts";
import type { McpHttpParts, RequestParts } from "./http-parts.ts";
import { KEEP_ALIVE, replyOf } from "./reply-of.ts";
import { mcpServer } from "./server.ts";

/**
 * The SDK's own stateless serving answers every call with an event stream. This transport answers with JSON unless
 * there is progress to tell, so that a refusal can have the status it deserves. The body is a request of that era.
 */
export async function serveLegacy(
  { log }: Pick<McpHttpParts, "log">,
  mine: RequestParts,
  exchange: Exchange,
): Promise<Reply> {
  const server = mcpServer(mine, "legacy");
  const transport = new PerRequestHTTPServerTransport({
    classification: { era: "legacy" },
    keepAliveMs: KEEP_ALIVE,
  });
  await server.connect(transport);
  exchange.signal.addEventListener("abort", () => void transport.close());
  if (exchange.signal.aborted) await transport.close();
  try {
    const response = await transport.handleMessage(exchange.body as JSONRPCRequest);
    return await replyOf(mine, exchange, response, "legacy");
  } catch (error) {
    log.debug({ error }, "protocol");
    if (error instanceof SdkError && error.code === SdkErrorCode.ConnectionClosed) return GONE;
    throw error;
  }
}

/** Nobody reads it: the client has gone away. */
const GONE: Reply = { status: 499, headers: {} };
