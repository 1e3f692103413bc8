// The closed catalogue of refusal reasons: every "no" carries one of these codes, and docs/reasons.md is generated from it.
import { access } from "./reason-access.ts";
import type { ReasonEntry } from "./reason-entry.ts";
import { content } from "./reason-content.ts";
import { gate } from "./reason-gate.ts";
import { landing, validation } from "./reason-landing.ts";
import { path, proposal } from "./reason-proposal.ts";

const call = {
  input_invalid: {
    means: "The arguments do not fit the tool's schema (unknown key, wrong type, out of bounds).",
    fix: "Send exactly the fields of the tool's inputSchema; the message names the field.",
  },
  tool_unknown: { means: "There is no such tool.", fix: "Use a name from tools/list." },
  call_too_large: {
    means: "The call's arguments exceed the byte limit (proposal.max_call_bytes).",
    fix: "Split the change into smaller proposals.",
  },
  rate_calls: {
    means: "Too many calls in the last minute (calls.per_minute).",
    fix: "Wait for the time given and call again.",
  },
  incident_open: {
    means: "An incident is open; a person stopped proposals and landings, or all calls, until it is closed.",
    fix: "Wait. A person looks into it and closes it: countersign incident list.",
  },
  gate_empty: {
    means: "A gate without conditions was evaluated.",
    fix: "Report this: a gate must require something.",
  },
  gate_held: {
    means: "A condition of the gate is unknown, and unknown holds.",
    fix: "Supply what the trace names.",
  },
  internal: {
    means: "Something failed inside; the call was refused and recorded.",
    fix: "Retry once; then ask the operator to look at the log under the reference.",
  },
} as const satisfies Record<string, ReasonEntry>;

const reading = {
  manifest_unavailable: {
    means: "No valid signed manifest is published yet.",
    fix: "Wait until the validator has published the repository, then call read-manifest again.",
  },
  manifest_rollback: {
    means: "A manifest that is older than one seen before was put back. It is not served.",
    fix: "Find out who wrote published/. If the clock was set back, restart the server.",
  },
  cursor_invalid: {
    means: "The cursor does not belong to this listing.",
    fix: "Start again without a cursor.",
  },
  glob_invalid: {
    means: "The glob pattern cannot be read.",
    fix: "Use *, **, ? and {a,b} with forward slashes.",
  },
  query_invalid: {
    means: "The search expression is not valid RE2.",
    fix: "Correct it, or search literally without regex.",
  },
  not_listed: {
    means: "The path is not in the manifest. Missing, denied and ignored files are answered alike.",
    fix: "Read only paths that read-manifest lists.",
  },
  range_invalid: {
    means: "start_line lies behind the end of the file.",
    fix: "Use a start_line within the file's lines.",
  },
  blob_damaged: {
    means: "The stored content does not match its digest and was not served.",
    fix: "Ask the operator to run countersign doctor; the validator republishes damaged content.",
  },
} as const satisfies Record<string, ReasonEntry>;

/** Every reason, by chapter of docs/reasons.md. */
export const reasonChapters = {
  access,
  call,
  reading,
  path,
  proposal,
  content,
  gate,
  validation,
  landing,
} as const;

export const reasons = {
  ...access,
  ...call,
  ...reading,
  ...path,
  ...proposal,
  ...content,
  ...gate,
  ...validation,
  ...landing,
} as const;
export type Reason = keyof typeof reasons;
export const reasonCodes = Object.keys(reasons) as readonly Reason[];
