// The policy: the part of the configuration under which a verdict is given, and its digest.
import { canonical } from "../base/canonical.ts";
import { type Digest, sha256 } from "../base/digest.ts";
import { type PathRules, rulesDigest } from "../proposal/protect.ts";
import type { Config } from "./schema.ts";

/**
 * Digest of everything that decides what may be seen, proposed and approved: a verdict given under another policy is
 * void. Rates, polling and logging are left out; they change how fast, not what.
 */
export function policyDigest(config: Config, rules: PathRules): Digest {
  const {
    extensions,
    names,
    create,
    max_files,
    max_hunks,
    max_hunk_lines,
    max_changed_lines,
    max_line_chars,
    rationale_min,
    rationale_max,
    max_call_bytes,
  } = config.proposal;
  const policy = {
    format: 1,
    repository: config.repository,
    publish: config.publish,
    paths: config.paths,
    proposal: {
      extensions,
      names,
      create,
      max_files,
      max_hunks,
      max_hunk_lines,
      max_changed_lines,
      max_line_chars,
      rationale_min,
      rationale_max,
      max_call_bytes,
    },
    verdict_ttl_seconds: config.validator.verdict_ttl_seconds,
    rules: rulesDigest(rules),
  };
  return sha256(canonical(policy));
}
