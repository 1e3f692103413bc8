// What the process that asks over the network is told, and what it answers: one JSON text each, and no signing key in either.
import { z } from "zod";

/** Longest question: a URL of the policy and a list of hosts, or a text that a classifier is asked about. */
export const MAX_QUESTION = 131_072;

export const fetchQuestionSchema = z.strictObject({
  url: z.string().max(2000),
  hosts: z.array(z.string().max(253)).max(64),
  max_bytes: z.int().min(1),
  timeout_ms: z.int().min(1),
  /** Whether a listed host may be an address that is not a public one; names never lead to one. */
  private_literals: z.boolean(),
  want: z.enum(["status", "body"]),
  /** Asked with POST instead of GET, for the body of the answer. The bearer comes over standard input and goes nowhere else. */
  post: z
    .strictObject({
      json: z.string().max(100_000),
      bearer: z
        .string()
        .max(4096)
        .regex(/^[A-Za-z0-9._~+/-]+=*$/)
        .optional(),
      /** Whether the operator's URL may be plain http, which only loopback may. */
      loopback_http: z.boolean(),
    })
    .optional(),
});
export type FetchQuestion = z.infer<typeof fetchQuestionSchema>;

/** Those of io/http/outbound.ts, which this file must not reach: whoever holds a key loads it. */
const faults = [
  "url",
  "host",
  "address",
  "redirect",
  "status",
  "encoding",
  "size",
  "timeout",
  "failed",
  // Our own process did not do its work.
  "broken",
] as const;
export type FetchFault = (typeof faults)[number];

/** `why` names the host, never a path or a query. */
export const fetchAnswerSchema = z.union([
  z.strictObject({ status: z.int().min(100).max(999) }),
  z.strictObject({ body: z.base64() }),
  z.strictObject({ fault: z.enum(faults), why: z.string().max(2000) }),
]);
export type FetchAnswer = z.infer<typeof fetchAnswerSchema>;
