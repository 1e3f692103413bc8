// What leaves this process of an evidence value: a keyed hash always, the value itself only where policy and provider agree.
import { createHmac } from "node:crypto";
import { canonical } from "../base/canonical.ts";
import { toBase64, utf8Length } from "../base/bytes.ts";
import type { ConditionSpec } from "./condition.ts";
import type { Evidence } from "./evidence.ts";
import type { ProviderName } from "./providers.ts";
import { renderValue } from "./value.ts";

/** The operator's terms, and the key of the hashes. */
export interface Disclosure {
  /** evidence.allow_raw_values */
  readonly allowRaw: boolean;
  /** evidence.require_provider_opt_in */
  readonly requireOptIn: boolean;
  /** evidence.raw_providers */
  readonly optedIn: readonly ProviderName[];
  /** At least 32 bytes that nobody outside this process knows. */
  readonly key: Uint8Array;
}

export interface ShownEvidence {
  /** JSON text of the exact value. */
  readonly value: string | null;
  /** Lower-case hexadecimal HMAC-SHA-256. */
  readonly digest: string | null;
}

/** Longer values stay hidden behind their digest: a value that was cut would be another value. */
export const MAX_SHOWN = 4000;

const MIN_KEY_BYTES = 32;
const PURPOSE = "countersign evidence value v1";

/** The three keys of [evidence]. */
interface Terms {
  readonly allow_raw_values: boolean;
  readonly require_provider_opt_in: boolean;
  readonly raw_providers: readonly ProviderName[];
}

/** Throws RangeError on a key that could be guessed. */
export function disclosureOf(
  { allow_raw_values, require_provider_opt_in, raw_providers }: Terms,
  key: Uint8Array,
): Disclosure {
  // Under an empty key the hash of `true` is the same for everybody, and can be guessed.
  if (key.length < MIN_KEY_BYTES)
    throw new RangeError(`a disclosure key has at least ${MIN_KEY_BYTES} bytes`);
  return {
    allowRaw: allow_raw_values,
    requireOptIn: require_provider_opt_in,
    optedIn: raw_providers,
    key,
  };
}

/**
 * What may be shown of `evidence`. An error clears both: whatever came with it is nobody's value. Bytes have no JSON text
 * and are never shown.
 */
export function shownEvidence(
  spec: ConditionSpec,
  evidence: Evidence | undefined,
  { allowRaw, requireOptIn, optedIn, key }: Disclosure,
): ShownEvidence {
  if (evidence === undefined || evidence.error !== undefined) return { value: null, digest: null };
  if (evidence.bytes !== undefined)
    return { value: null, digest: digest(key, spec, "bytes", toBase64(evidence.bytes)) };
  if (evidence.value === undefined) return { value: null, digest: null };
  const text = renderValue(evidence.value);
  const raw = allowRaw && (!requireOptIn || optedIn.includes(spec.provider));
  return {
    value: raw && utf8Length(text) <= MAX_SHOWN ? text : null,
    digest: digest(key, spec, "value", text),
  };
}

/**
 * The condition is hashed too. Without it an agent that may claim values would learn the hash of each of them from its own
 * claims, and could read other conditions' hashes with that table.
 */
function digest(key: Uint8Array, { id, provider, check }: ConditionSpec, form: string, text: string): string {
  return createHmac("sha256", key)
    .update(canonical([PURPOSE, id, provider, check, form, text]))
    .digest("hex");
}
