// A stream of HTTP+SSE as bytes, without a client library, and the address to which its messages are posted.
import type { McpHttpLab } from "./mcp-http.ts";
import { type Answer, eventsOf } from "./mcp-requests.ts";

export interface SseStream {
  readonly status: number;
  readonly headers: Headers;
  /** Path to which the stream's messages are posted. */
  readonly endpoint: string;
  /** Data of the next event; undefined at the end. */
  next(): Promise<string | undefined>;
  post(body: unknown, name?: string): Promise<Answer>;
  leave(): void;
}

/** Of the principal whose bearer token is its own name. */
export async function sseStream(
  http: Pick<McpHttpLab, "url" | "post">,
  name: string,
  headers: Record<string, string> = {},
): Promise<SseStream> {
  const bearer = (as: string) => ({ authorization: `Bearer ${as}` });
  const leaving = new AbortController();
  const response = await fetch(new URL("/sse", http.url), {
    headers: { accept: "text/event-stream", ...bearer(name), ...headers },
    signal: leaving.signal,
  });
  const next = eventsOf(response.body);
  const endpoint = response.status === 200 ? String(await next()) : "";
  const leave = (): void => leaving.abort();
  const post = (body: unknown, as = name) => http.post(body, bearer(as), endpoint);
  return { status: response.status, headers: response.headers, endpoint, next, post, leave };
}
