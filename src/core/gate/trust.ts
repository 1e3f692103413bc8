// The terms under which evidence is believed: from the configuration, the question's subject and the clock.
import type { Config } from "../config/schema.ts";
import type { AnchorRule, EvidenceKey, Subject, Trust } from "./evidence.ts";
import { evidenceKey } from "./evidence-key.ts";
import type { ProviderName } from "./providers.ts";

/** What of a loaded configuration decides about trust; a Setup is one. */
export interface TrustSource {
  readonly config: Pick<Config, "trust" | "evidence" | "dev">;
  /** End of dev.permissive in milliseconds since 1970; undefined when it is off. */
  readonly permissiveUntil: number | undefined;
}

interface Pinned {
  readonly anchors: ReadonlyMap<ProviderName, AnchorRule>;
  readonly keys: readonly EvidenceKey[];
}

/** Keys are parsed once for a configuration, which is never changed in place. */
const pinned = new WeakMap<Config["evidence"], Pinned>();

/**
 * Terms of one evaluation; `now` in milliseconds since 1970. dev.permissive is handed on only while it lasts: a process
 * that outlives it becomes strict without being told. Throws `key_unusable` on a key that the rules of the configuration
 * refuse.
 */
export function trustOf(source: TrustSource, subject: Subject, now: number): Trust {
  const { config, permissiveUntil: until = -Infinity } = source;
  const { trust, evidence, dev } = config;
  return {
    minLane: trust.min_lane,
    ...(dev.permissive && now < until ? { permissive: { until, exempt: dev.exempt_providers } } : {}),
    now,
    ...pinnedBy(evidence),
    maxAgeSeconds: evidence.max_age_seconds,
    bind: evidence.bind,
    subject,
  };
}

function pinnedBy(evidence: Config["evidence"]): Pinned {
  const known = pinned.get(evidence);
  if (known !== undefined) return known;
  const made = {
    anchors: new Map(evidence.anchors.map(anchorRule)),
    keys: evidence.keys.map(evidenceKey),
  };
  pinned.set(evidence, made);
  return made;
}

function anchorRule(entry: Config["evidence"]["anchors"][number]): [ProviderName, AnchorRule] {
  return [entry.provider, { type: entry.type, fields: entry.required_fields }];
}
