// What each preset answers, written down by hand and never computed from them: a posture changes only on purpose.
export const presets = ["quickstart", "default", "hardened", "container-prod"] as const;

/** Outcomes in the order of `presets`. */
type Outcomes = readonly [quickstart: string, byDefault: string, hardened: string, container: string];

const all = (outcome: string): Outcomes => [outcome, outcome, outcome, outcome];

const BIND = "allow_non_loopback";
const TLS = "tls.termination";

// prettier-ignore
export const expected = {
  // Who comes, from where, and how
  "no token": ["served", "401 auth_missing", "401 auth_missing", "401 auth_missing"],
  "a local caller without an entry": ["served", "403 principal_unmapped", "403 principal_unmapped", "exit 2 auth.mode"],
  "the stdio door": ["served", "served", "exit 2 config_invalid", "exit 2 config_invalid"],
  "REST for ChatGPT": ["served", "served", "404 route_unknown", "served"],
  "legacy SSE": all("404 route_unknown"),
  "plain http": ["served", "served", "no answer", "served"],
  "a foreign Host": all("403 host_refused"),
  "a foreign Origin": all("403 origin_refused"),
  "x-forwarded-for that is no address": ["served", "served", "served", "400 request_malformed"],
  "a client of 2024-10-07": ["served", "400 protocol_floor", "400 protocol_floor", "400 protocol_floor"],
  "a client of 2024-11-05": ["served", "served", "400 protocol_floor", "400 protocol_floor"],
  "a client of 2025-06-18": all("served"),

  // What is read and proposed
  "a workflow file": ["served", "served", "200 not_listed", "200 not_listed"],
  "a fourth file": ["served", "served", "200 too_many_files", "200 too_many_files"],
  "a sixth file": ["served", "200 too_many_files", "200 too_many_files", "200 too_many_files"],
  "a twenty-first file": all("200 too_many_files"),
  "150 lines in one hunk": ["served", "200 hunk_too_large", "200 hunk_too_large", "200 hunk_too_large"],
  "a line of 1500 characters": ["served", "served", "200 line_too_long", "200 line_too_long"],
  "a line of 2500 characters": all("200 line_too_long"),
  "a new file beside the sources": ["served", "served", "200 target_create", "200 target_create"],
  "a rationale of 12 characters": ["served", "served", "200 input_invalid", "200 input_invalid"],
  "a call of 180,000 bytes": ["served", "served", "200 call_too_large", "200 call_too_large"],
  "a body of 600,000 bytes": ["200 call_too_large", "200 call_too_large", "413 body_too_large", "413 body_too_large"],

  // What is claimed and proved
  "a claim of the agent": ["served", "served", "200 lane_asserted", "200 lane_asserted"],
  "a secret in the title": all("200 secret_suspected"),
  "an envelope that nobody can read": all("200 evidence_malformed"),
  "a proposal that no CI signed": ["approved", "approved", "manual_required signed_missing", "approved"],
  "a proposal that another key signed": ["approved", "approved", "manual_required signature_key_unlisted", "approved"],
  "what its proposer is told of the gate": ["trace", "summary", "summary", "summary"],

  // How often
  "the 16th call in a minute": ["served", "served", "429 rate_calls", "429 rate_calls"],
  "the 21st call in a minute": ["served", "429 rate_calls", "429 rate_calls", "429 rate_calls"],
  "a fifth proposal in an hour": ["served", "served", "429 rate_proposals", "429 rate_proposals"],
  "a sixth proposal in an hour": ["served", "429 rate_proposals", "429 rate_proposals", "429 rate_proposals"],
  "a wrong token": ["served", "401 auth_invalid", "401 auth_invalid", "401 auth_invalid"],
  "the 11th wrong token in a minute": ["served", "401 auth_invalid", "429 rate_address", "429 rate_address"],

  // What the operator may write, start and issue: the key at fault, or the exit code
  "bind to 0.0.0.0": [`${BIND} auth.mode ${TLS}`, `${BIND} ${TLS}`, BIND, BIND],
  "allow_local_only = true": ["accepted", "auth.allow_local_only", "auth.allow_local_only", "auth.allow_local_only"],
  "bypass_loopback = true": ["accepted", "network.bypass_loopback", "network.bypass_loopback", "network.bypass_loopback"],
  "a literal secret": ["accepted", "accepted", "principals.0.tokens.0", "principals.0.tokens.0"],
  "a secret by cmd:": ["accepted", "accepted", "principals.1.tokens.0", "principals.1.tokens.0"],
  'namespace.name = "default"': ["accepted", "accepted", "namespace.name", "namespace.name"],
  "no key of a CI": ["accepted", "accepted", "evidence.keys", "accepted"],
  "dev.permissive = true": ["accepted", "dev.permissive", "dev.permissive", "dev.permissive"],
  "a token for 30 days": ["issued", "issued", "exit 2 usage", "exit 2 usage"],
  "a token for 180 days": ["issued", "exit 2 usage", "exit 2 usage", "exit 2 usage"],
  "one operating-system user": ["told", "told", "exit 2 state_unusable", "exit 2 state_unusable"],
} as const satisfies Readonly<Record<string, Outcomes>>;

export type Row = keyof typeof expected;
export const rows = Object.keys(expected) as readonly Row[];

/** The column of one preset. */
export function expectedOf(preset: (typeof presets)[number]): Readonly<Record<Row, string>> {
  const at = presets.indexOf(preset);
  return Object.fromEntries(rows.map((row) => [row, expected[row][at]])) as Record<Row, string>;
}
