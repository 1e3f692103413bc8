// Provider http: GET of https URLs of listed hosts, in a process that holds nothing.
import { sha256 } from "../../core/base/digest.ts";
import type { Config } from "../../core/config/schema.ts";
import type { ConditionSpec } from "../../core/gate/condition.ts";
import type { Evidence } from "../../core/gate/evidence.ts";
import { valueOf } from "../../core/gate/value.ts";
import { anchorOf, answered, failed, textParam, unasked } from "./answers.ts";
import { fetchOnce, type FetchProgram } from "./fetch.ts";
import type { FetchAnswer, FetchFault, FetchQuestion } from "./fetch-words.ts";
import { jsonOf, pick } from "./pick.ts";
import type { EvidenceProvider } from "./provider.ts";

/** A policy has up to 128 conditions; each question is a process. */
const MAX_AT_ONCE = 4;

const CODES: Readonly<Record<FetchFault, string>> = {
  url: "http_url",
  host: "http_host",
  address: "http_address",
  redirect: "http_redirect",
  status: "http_status",
  encoding: "http_encoding",
  size: "http_too_large",
  timeout: "http_timeout",
  failed: "http_unreachable",
  broken: "http_failed",
};

/**
 * `status`: of whatever answer that is no redirect; `body_hash`: SHA-256 of the body, lower-case hex; `json`: what
 * `jsonpath` selects in it. The last two take an answer 200 only. An empty list of hosts asks nobody. Errors: http_url,
 * http_host, http_address, http_redirect, http_status, http_encoding, http_too_large, http_timeout,
 * http_unreachable, http_failed (our own process), http_invalid, http_path_invalid, http_path_costly, http_no_match.
 */
export function httpProvider(
  config: Config["evidence"]["http"],
  timeoutMs: number,
  program: FetchProgram,
): EvidenceProvider {
  const slot = slots(MAX_AT_ONCE);
  return {
    async ask(spec, signal) {
      if (!["status", "body_hash", "json"].includes(spec.check)) return unasked(spec);
      const question: FetchQuestion = {
        url: textParam(spec, "url"),
        hosts: config.allowed_hosts,
        max_bytes: config.max_bytes,
        timeout_ms: timeoutMs,
        private_literals: false,
        want: spec.check === "status" ? "status" : "body",
      };
      const leave = await slot();
      try {
        // Nobody waits any more: a policy that asks much must not start processes for nothing.
        if (signal.aborted) return failed(spec, "http_timeout", "it was not its turn in time");
        return told(spec, question, await fetchOnce(question, program, signal));
      } finally {
        leave();
      }
    },
  };
}

function told(
  spec: ConditionSpec,
  { url, max_bytes: maxBytes }: FetchQuestion,
  answer: FetchAnswer,
): Evidence {
  if ("fault" in answer) return failed(spec, CODES[answer.fault], answer.why);
  const anchor = anchorOf("url", { url });
  if ("status" in answer)
    return spec.check === "status" ? answered(spec, valueOf(answer.status), anchor) : strange(spec);
  if (spec.check === "status") return strange(spec);
  const body = Buffer.from(answer.body, "base64");
  if (spec.check === "body_hash") return answered(spec, sha256(body), anchor);
  const document = jsonOf(body);
  return document === undefined
    ? failed(spec, "http_invalid", "the answer is not strict JSON")
    : pick(spec, document, anchor, maxBytes);
}

function strange(spec: ConditionSpec): Evidence {
  return failed(spec, "http_failed", "the process that asks answered another question");
}

/** Hands out so many slots at a time; each is given back by the function that it comes as. */
function slots(free: number): () => Promise<() => void> {
  let left = free;
  const waiting: (() => void)[] = [];
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) left += 1;
    else next();
  };
  return async () => {
    if (left > 0) {
      left -= 1;
      return leave;
    }
    const turn = Promise.withResolvers<void>();
    waiting.push(turn.resolve);
    await turn.promise;
    return leave;
  };
}
