// The order of every key: which of two values is the stricter one, or the reason why there is none.
import type { ConfigKey } from "./keys.ts";
import { treatments, uses } from "./schema-checks.ts";
import { protocolRevisions } from "./schema-doors.ts";

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

export const smaller: Order = { by: "smaller" };
const larger: Order = { by: "larger" };
const zero: Order = { by: "zero" };
const off: Order = { by: "false" };
const on: Order = { by: "true" };
export const fewer: Order = { by: "fewer" };
const more: Order = { by: "more" };
const filled: Order = { by: "filled" };
export const none = (why: string): Order => ({ by: "none", why });
export const ranks = (...values: readonly string[]): Order => ({ by: "ranks", ranks: values });
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
