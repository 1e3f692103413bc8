// Which of two values of a key is the stricter one: the order of every key, or the reason why it has none.
import { isLoopback } from "./address.ts";
import type { ConfigKey } from "./keys.ts";
import { foldedName } from "../identity/principal.ts";
import { toolNames } from "../identity/scope.ts";
import { treatments, uses } from "./schema-checks.ts";
import { type PrincipalEntry, protocolRevisions } from "./schema-doors.ts";

/**
 * smaller, larger: of numbers. zero: smaller, and 0 stands for no limit. true, false: of switches. ranks: from strictest
 * to weakest. fewer, more: of lists, by what they hold. filled: of paths, where an empty one switches a check off.
 * loopback: of addresses, by who can reach them. earlier: of instants. entries: of principals, one by one. none: neither value is the stricter one, and why.
 */
export type Order =
  | {
      readonly by:
        | "smaller"
        | "larger"
        | "zero"
        | "true"
        | "false"
        | "fewer"
        | "more"
        | "filled"
        | "loopback"
        | "earlier"
        | "entries";
    }
  | { readonly by: "ranks"; readonly ranks: readonly string[] }
  | { readonly by: "none"; readonly why: string };

export type Direction = "stricter" | "weaker" | "same" | "other";

const smaller: Order = { by: "smaller" };
const larger: Order = { by: "larger" };
const zero: Order = { by: "zero" };
const off: Order = { by: "false" };
const on: Order = { by: "true" };
const fewer: Order = { by: "fewer" };
const more: Order = { by: "more" };
const filled: Order = { by: "filled" };
const none = (why: string): Order => ({ by: "none", why });
const ranks = (...values: readonly string[]): Order => ({ by: "ranks", ranks: values });
const treated: Order = ranks(...treatments);

/** One order for each key: a key without one does not compile. */
export const orders: Readonly<Record<ConfigKey, Order>> = {
  "repository.name": none("a name"),
  "repository.ref": none("which branch is served is the operator's matter"),
  "publish.include": fewer,
  "publish.exclude": more,
  "publish.extensions": fewer,
  "publish.names": fewer,
  "publish.max_file_bytes": smaller,
  "paths.max_depth": smaller,
  "proposal.extensions": fewer,
  "proposal.names": fewer,
  "proposal.create": fewer,
  "proposal.max_files": smaller,
  "proposal.max_hunks": smaller,
  "proposal.max_hunk_lines": smaller,
  "proposal.max_changed_lines": smaller,
  "proposal.max_line_chars": smaller,
  "proposal.rationale_min": larger,
  "proposal.rationale_max": smaller,
  "proposal.max_call_bytes": smaller,
  "proposal.max_pending": smaller,
  "proposal.per_hour": smaller,
  "proposal.ttl_seconds": smaller,
  "patch.symlinks": treated,
  "patch.gitlinks": treated,
  "patch.binary": treated,
  "patch.mode_changes": treated,
  "patch.executables": treated,
  "patch.renames": treated,
  "patch.copies": treated,
  "patch.odd_names": treated,
  "patch.crlf": treated,
  "patch.missing_newline": treated,
  "rules.exclude": fewer,
  "rules.suppress": fewer,
  "secrets.result": treated,
  "secrets.entropy": on,
  "secrets.mask": on,
  "secrets.redact": more,
  "static_analysis.result": treated,
  "static_analysis.allowed_imports": none("names with *; only reading tells"),
  "static_analysis.denied_imports": more,
  "guard.enabled": on,
  "guard.result": treated,
  "guard.trusted": fewer,
  "guard.endpoint": filled,
  "guard.model": none("a name"),
  "guard.key": none("a place"),
  "guard.timeout_ms": none("how long, not whether"),
  "scanners.gitleaks": ranks(...uses),
  "scanners.semgrep": ranks(...uses),
  "scanners.bandit": ranks(...uses),
  "scanners.semgrep_rules": none("a place; what it holds counts"),
  "scanners.timeout_seconds": none("how long, not whether: a scanner that is late is no approval"),
  "scanners.memory_mib": smaller,
  "sandbox.driver": none("which one; without any, nothing foreign runs"),
  "sandbox.runtime": none("which one is the operator's matter"),
  "sandbox.image": none("a name"),
  "sandbox.memory_mib": smaller,
  "sandbox.cpu_percent": smaller,
  "sandbox.processes": smaller,
  "sandbox.scratch_mib": smaller,
  "sandbox.timeout_seconds": smaller,
  "calls.per_minute": smaller,
  "budget.period_seconds": larger,
  "budget.calls": zero,
  "budget.read_bytes": zero,
  "budget.scan_seconds": zero,
  "budget.warn_percent": smaller,
  "server.stdio": off,
  "server.min_protocol": ranks(...protocolRevisions.toReversed()),
  "server.tools.name_style": none("a spelling"),
  "server.tools.allow": fewer,
  "server.tools.deny": more,
  "server.http.enabled": off,
  "server.http.bind": { by: "loopback" },
  "server.http.port": none("a number of a door, not its size"),
  "server.http.unix_socket": none("another door of this machine"),
  "server.http.allow_non_loopback": off,
  "server.http.public_url": none("a name"),
  "server.http.hosts": fewer,
  "server.http.origins": fewer,
  "server.http.sse": off,
  "server.http.actions": off,
  "server.http.max_body_bytes": smaller,
  "server.http.max_inflight": smaller,
  "server.http.max_connections": smaller,
  "server.http.max_streams": smaller,
  "server.http.header_timeout_seconds": smaller,
  "server.http.request_timeout_seconds": smaller,
  "server.http.failures_per_minute": smaller,
  "server.http.tls.termination": ranks("server", "upstream", "none"),
  "server.http.tls.cert_file": none("a place; tls.termination says whether there is TLS"),
  "server.http.tls.key_file": none("a place; tls.termination says whether there is TLS"),
  "server.http.tls.client_ca_file": none("a place; require_client_cert says whether a certificate is needed"),
  "server.http.tls.require_client_cert": on,
  "server.http.tls.crl_file": filled,
  "server.http.proxy.addresses": fewer,
  "server.http.proxy.secret": filled,
  "auth.mode": ranks("mtls", "bearer_token", "local_only"),
  "auth.allow_local_only": off,
  "auth.principals_file": none("a place; what it holds counts"),
  "auth.max_token_days": smaller,
  "auth.access_seconds": smaller,
  "auth.refresh_seconds": smaller,
  "auth.oidc.issuer": none("a name; who is trusted is the operator's matter"),
  "auth.oidc.audience": none("a name"),
  "auth.oidc.algorithms": fewer,
  "auth.oidc.jwks_file": none("a place"),
  "auth.oidc.jwks_url": none("a place"),
  "auth.oidc.subject_claim": none("a name"),
  "auth.oidc.clock_skew_seconds": smaller,
  principals: { by: "entries" },
  "network.allowlist_file": filled,
  "network.max_age_seconds": smaller,
  "network.bypass_loopback": off,
  "network.bypass_private": off,
  "trust.min_lane": ranks("verified", "asserted"),
  "trust.logic": ranks("bochvar", "kleene"),
  "validation.lexicographic": off,
  "validation.deep_equals": off,
  "validation.dynamic": off,
  "evidence.providers": fewer,
  "evidence.accept_claims": off,
  "evidence.allow_raw_values": off,
  "evidence.require_provider_opt_in": on,
  "evidence.raw_providers": fewer,
  "evidence.timeout_ms": smaller,
  "evidence.max_age_seconds": smaller,
  "evidence.bind": ranks("tree", "patch"),
  "evidence.folder": none("a place; the keys decide"),
  "evidence.keys": none("who is trusted is the operator's matter"),
  "evidence.anchors": more,
  "evidence.env.allow": fewer,
  "evidence.json.root": none("a place"),
  "evidence.json.root_id": none("a name"),
  "evidence.json.max_bytes": smaller,
  "evidence.json.allow_yaml": off,
  "evidence.http.allowed_hosts": fewer,
  "evidence.http.max_bytes": smaller,
  "schemas.require_signing": on,
  "schemas.keys": none("who is trusted is the operator's matter"),
  "dev.permissive": off,
  "dev.ttl_days": smaller,
  "dev.exempt_providers": more,
  "namespace.name": none("a name"),
  "namespace.allow_default": off,
  "namespace.authority_url": filled,
  "dispatch.default": ranks("deny", "permit"),
  "dispatch.rules": none("the first rule that fits holds; only reading tells"),
  "feedback.default": ranks("summary", "trace", "evidence"),
  "feedback.local": ranks("summary", "trace", "evidence"),
  "feedback.max": ranks("summary", "trace", "evidence"),
  "feedback.trace": fewer,
  "feedback.evidence": fewer,
  conditions: none("what is asked is the operator's matter"),
  gates: none(
    "each gate by itself: one that came, or asks for more at its top level, is stricter; else reading tells",
  ),
  "gateway.shared_user": ranks("refuse", "warn"),
  "validator.poll_seconds": none("how soon, not whether"),
  "validator.git_timeout_seconds": smaller,
  "validator.verdict_ttl_seconds": smaller,
  "validator.commands": more,
  "log.level": none("more words are no more safety"),
};

/** A glob list that holds `**` holds everything. */
const ALL = "**";

const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** The order of each key of an entry, and what stands for a key that is left out. */
const entryOrders: Readonly<
  Record<keyof PrincipalEntry, { readonly order: Order; readonly without?: unknown }>
> = {
  name: { order: none("limits and proposals go by its spelling") },
  subjects: { order: fewer },
  tokens: { order: fewer },
  roles: { order: fewer },
  tools: { order: fewer, without: toolNames },
  paths: { order: fewer, without: [ALL] },
  lane: { order: ranks("verified", "asserted") },
  per_minute: { order: smaller, without: UNLIMITED },
  per_hour: { order: smaller, without: UNLIMITED },
  max_pending: { order: smaller, without: UNLIMITED },
  expires: { order: { by: "earlier" }, without: "9999-12-31T23:59:59Z" },
};

/** How `after` stands to `before`: `other` where there is no order, or neither list holds the other. */
export function direction(key: ConfigKey, before: unknown, after: unknown): Direction {
  return compared(orders[key], before, after);
}

function compared(order: Order, before: unknown, after: unknown): Direction {
  if (JSON.stringify(before) === JSON.stringify(after)) return "same";
  if (order.by === "none") return "other";
  if (order.by === "entries") return byEntries(before, after);
  if (order.by === "fewer" || order.by === "more") return byContents(order.by, before, after);
  const [old, next] = [rank(order, before), rank(order, after)];
  if (old === next) return "other";
  return next < old ? "stricter" : "weaker";
}

/** A number that is the smaller, the stricter. */
function rank(order: Exclude<Order, { by: "none" }>, value: unknown): number {
  return order.by === "ranks" ? order.ranks.indexOf(String(value)) : ranksBy[order.by](value);
}

const ranksBy: Readonly<Record<Exclude<Order["by"], "ranks" | "none">, (value: unknown) => number>> = {
  smaller: Number,
  larger: (value) => -Number(value),
  zero: (value) => (value === 0 ? Number.POSITIVE_INFINITY : Number(value)),
  true: (value) => Number(value !== true),
  false: (value) => Number(value !== false),
  filled: (value) => Number(value === ""),
  loopback: (value) => Number(!isLoopback(String(value))),
  earlier: (value) => Date.parse(String(value)),
  // Lists are compared by what they hold, before anybody asks here.
  fewer: (value) => setOf(value).size,
  more: (value) => -setOf(value).size,
  entries: (value) => entriesOf(value).size,
};

type Entry = Readonly<Record<string, unknown>>;

function byEntries(before: unknown, after: unknown): Direction {
  const [old, next] = [entriesOf(before), entriesOf(after)];
  const names = [...new Set([...old.keys(), ...next.keys()])];
  const way = together(names.map((name) => entryWay(old.get(name), next.get(name))));
  // Only their sequence: the words differ, and the policy's digest goes by them.
  return way === "same" ? "other" : way;
}

/** One way for all: the one that some go while the others stay, or none. */
function together(ways: readonly Direction[]): Direction {
  const [way = "same", ...more] = new Set(ways.filter((one) => one !== "same"));
  return more.length === 0 ? way : "other";
}

/**
 * An entry that goes shuts out the tokens that were issued for it, and frees what it restricted beside them: tokens of its
 * name that are older than it, and a place that auth.allow_local_only lets in. So its end is not called stricter, and
 * neither is that of one of its subjects. One that comes lets somebody in.
 */
function entryWay(before: Entry | undefined, after: Entry | undefined): Direction {
  if (before === undefined) return "weaker";
  if (after === undefined) return "other";
  return together(
    Object.entries(entryOrders).map(([key, { order, without }]) => {
      const way = compared(order, before[key] ?? without, after[key] ?? without);
      const frees = way === "stricter" && (key === "subjects" || key === "tokens");
      return frees ? "other" : way;
    }),
  );
}

function entriesOf(value: unknown): ReadonlyMap<string, Entry> {
  const entries: readonly Entry[] = Array.isArray(value) ? value : [];
  return new Map(entries.map((entry) => [foldedName(String(entry["name"])), entry]));
}

function byContents(by: "fewer" | "more", before: unknown, after: unknown): Direction {
  const [old, next] = [setOf(before), setOf(after)];
  const holds = (whole: ReadonlySet<string>, part: ReadonlySet<string>): boolean =>
    whole.has(JSON.stringify(ALL)) || [...part].every((item) => whole.has(item));
  const grew = holds(next, old);
  const shrank = holds(old, next);
  // Both: only the order or the spelling differs. That is a change still: the policy's digest goes by the words.
  if (grew === shrank) return "other";
  return shrank === (by === "fewer") ? "stricter" : "weaker";
}

function setOf(value: unknown): ReadonlySet<string> {
  return new Set((Array.isArray(value) ? value : []).map((item) => JSON.stringify(item)));
}

/** What stricter means for a key, in words. */
export function stricterMeans(key: ConfigKey): string {
  const order = orders[key];
  const words: Readonly<Record<Exclude<Order["by"], "ranks" | "none">, string>> = {
    smaller: "a smaller number",
    larger: "a larger number",
    zero: "a smaller number; 0 is no limit and the weakest",
    true: "true",
    false: "false",
    fewer: "fewer entries",
    more: "more entries",
    filled: "set rather than empty",
    loopback: "a loopback address",
    earlier: "an earlier instant",
    entries: "entries that may do less; one that comes is weaker, one that goes is neither",
  };
  if (order.by === "ranks") return `from strictest to weakest: ${order.ranks.join(", ")}`;
  return order.by === "none" ? `nothing: ${order.why}` : words[order.by];
}
