// Cross-origin answers: only to pages that the operator listed, never to everybody, never with credentials of the browser.
import type { Names } from "./guard.ts";
import type { Reply } from "./exchange.ts";

const HEADERS = [
  "accept",
  "authorization",
  "content-type",
  "last-event-id",
  "mcp-method",
  "mcp-name",
  "mcp-protocol-version",
  "mcp-session-id",
  "x-correlation-id",
].join(", ");
const EXPOSED = "mcp-session-id, retry-after, www-authenticate, x-request-id";

/** Headers of every answer to a listed page (Fetch standard, CORS protocol); none for anybody else. */
export function corsHeaders(origin: string | undefined, { pages }: Names): Readonly<Record<string, string>> {
  if (origin === undefined || !pages.has(origin)) return {};
  return { "access-control-allow-origin": origin, "access-control-expose-headers": EXPOSED, vary: "Origin" };
}

/** Answer to a preflight of a listed page for a route with these methods. */
export function preflight(methods: readonly string[]): Reply {
  return {
    status: 204,
    headers: {
      "access-control-allow-methods": methods.join(", "),
      "access-control-allow-headers": HEADERS,
      "access-control-max-age": "600",
    },
  };
}
