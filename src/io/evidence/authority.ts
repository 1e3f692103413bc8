// The authority of namespaces: somebody outside who says whether a name is this project's. Silence is no yes.
import { fetchOnce, type FetchProgram } from "./fetch.ts";
import type { FetchQuestion } from "./fetch-words.ts";

export type Vouching = "vouched" | "refused" | "unavailable";

export interface AuthorityParts {
  readonly program: FetchProgram;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

const REFUSED = new Set([401, 403, 404]);

/**
 * Ask `<url>/<name>`: 200 vouches, 401, 403 and 404 refuse; anything else, a redirect, no answer in time and no URL are
 * `unavailable`. The URL's host is the only one that is asked; it may be a private address where it is written as one.
 * Never rejects.
 */
export async function askAuthority(
  url: string,
  name: string,
  { program, timeoutMs, signal = AbortSignal.timeout(timeoutMs) }: AuthorityParts,
): Promise<Vouching> {
  const host = URL.parse(url)?.hostname.replace(/^\[|\]$/g, "");
  if (host === undefined || host === "") return "unavailable";
  const question: FetchQuestion = {
    url: `${url.replace(/\/+$/, "")}/${encodeURIComponent(name)}`,
    hosts: [host],
    max_bytes: 1,
    timeout_ms: timeoutMs,
    private_literals: true,
    want: "status",
  };
  const answer = await fetchOnce(question, program, signal);
  if (!("status" in answer)) return "unavailable";
  if (answer.status === 200) return "vouched";
  return REFUSED.has(answer.status) ? "refused" : "unavailable";
}
