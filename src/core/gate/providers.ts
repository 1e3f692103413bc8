// Who can be asked for evidence, what each can be asked, of which type the answer is, and what lane it comes in.
import { z } from "zod";
import type { Lane } from "../identity/scope.ts";
import type { Class } from "./words.ts";

export const providerNames = ["time", "env", "json", "http", "git", "checks", "caller", "signed"] as const;
export type ProviderName = (typeof providerNames)[number];

/** The processes that evaluate gates. */
export type GatePlace = "gateway" | "validator" | "integrator";

export interface CheckWords {
  /** What the query may and must hold beside `check`. */
  readonly params: z.ZodType<Readonly<Record<string, unknown>>>;
  /** Types of the answer; `declared`: the condition says it (`type` or `schema`). */
  readonly types: readonly Class[] | "declared";
  /** With type enum: the words that there are. */
  readonly words?: readonly string[];
}

const text = z.string().min(1).max(1000);
const none = z.strictObject({});
const url = z.strictObject({ url: text });
const scalar = z.union([z.string().max(200), z.int(), z.boolean()]);

/** Every question that there is. An unknown provider, check or parameter is refused when the policy is loaded. */
export const questions: Readonly<Record<ProviderName, Readonly<Record<string, CheckWords>>>> = {
  time: {
    /** Milliseconds since 1970, of the clock of the process that evaluates. */
    now: { params: none, types: ["integer"] },
    after: { params: z.strictObject({ instant: text }), types: ["boolean"] },
    before: { params: z.strictObject({ instant: text }), types: ["boolean"] },
    /** UTC: 1 (Monday) … 7, and 0 … 23. */
    weekday: { params: none, types: ["integer"] },
    hour: { params: none, types: ["integer"] },
  },
  env: { get: { params: z.strictObject({ key: text }), types: ["string"] } },
  json: {
    path: {
      params: z.strictObject({ file: text, jsonpath: text.optional() }),
      types: "declared",
    },
  },
  http: {
    status: { params: url, types: ["integer"] },
    /** SHA-256 of the body, lower-case hex. */
    body_hash: { params: url, types: ["string"] },
    json: { params: z.strictObject({ url: text, jsonpath: text.optional() }), types: "declared" },
  },
  git: {
    target_ref: { params: none, types: ["string"] },
    base_commit: { params: none, types: ["string"] },
    base_tree: { params: none, types: ["string"] },
    result_tree: { params: none, types: ["string"] },
    /** Whether the branch still points at the base. */
    base_is_tip: { params: none, types: ["boolean"] },
    changed_paths: { params: none, types: ["scalars"] },
    created_paths: { params: none, types: ["scalars"] },
    deleted_paths: { params: none, types: ["scalars"] },
    changed_files: { params: none, types: ["integer"] },
    added_lines: { params: none, types: ["integer"] },
    removed_lines: { params: none, types: ["integer"] },
    /** Whether any changed path matches one of the globs. */
    touches: { params: z.strictObject({ globs: z.array(text).min(1).max(100) }), types: ["boolean"] },
  },
  checks: {
    /** Result of one of the validator's checks. */
    result: {
      params: z.strictObject({ name: text }),
      types: ["enum"],
      words: ["PASSED", "WARNED", "FAILED", "SKIPPED", "ERROR"],
    },
    findings: { params: z.strictObject({ name: text }), types: ["integer"] },
    /** Exit code of the project's own command behind the check command-NAME. In the verdict gate only. */
    exit: { params: z.strictObject({ name: text }), types: ["integer"] },
    /** The percentage that it reported. In the verdict gate only. */
    coverage: { params: z.strictObject({ name: text }), types: ["number"] },
    /** Whether every check of the validator passed. */
    passed: { params: none, types: ["boolean"] },
    /** Names of the checks that did not pass. */
    unpassed: { params: none, types: ["scalars"] },
    /** Whether any changed path is protected: recomputed from git's own list, never from a flag. */
    protected: { params: none, types: ["boolean"] },
  },
  caller: {
    /** What the agent claims in propose-patch.evidence under this name; absent when it claims nothing. */
    claim: { params: z.strictObject({ name: text }), types: "declared" },
    principal: { params: none, types: ["string"] },
    change_type: { params: none, types: ["string"] },
    risk_level: { params: none, types: ["string"] },
  },
  signed: {
    /** What a pinned key signed about this patch or its result tree. `name` and `params` are the question it answered. */
    statement: {
      params: z.strictObject({ name: text, params: z.record(z.string().max(64), scalar).optional() }),
      types: "declared",
    },
  },
};

/**
 * The lane of an answer goes by where it comes from, and never by what it says of itself. What an agent claims is
 * asserted wherever it is read. Its principal is known to the gateway alone, which authenticated it: in an order it is
 * the gateway's word, and the validator believes none of it.
 */
export function laneOf(provider: ProviderName, check: string, place: GatePlace): Lane {
  if (provider !== "caller") return "verified";
  return check === "principal" && place === "gateway" ? "verified" : "asserted";
}

/** Which providers a gate may ask. What a process cannot know or must not do is refused at load. */
export function askable(gate: string): readonly ProviderName[] {
  if (gate === "verdict" || gate === "landing") return providerNames;
  if (gate === "propose-patch") return ["time", "env", "json", "caller", "signed"];
  return ["time", "env", "json", "caller"];
}
