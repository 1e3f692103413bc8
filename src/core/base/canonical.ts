// Canonical JSON (RFC 8785, JCS) over a value domain in which two readers cannot disagree.
import canonicalize from "canonicalize";
import { fromUtf8 } from "./bytes.ts";
import { CountersignError } from "./failure.ts";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * JCS text of `value`. Throws `canonical_domain` on anything outside the domain: lone surrogates (RFC 8785 calls
 * them an error, encoders replace them), integers beyond 2^53, fractions, NaN, undefined, class instances.
 */
export function canonical(value: unknown): string {
  assertDomain(value, 0);
  const text = canonicalize(value);
  if (text === undefined) throw new CountersignError("canonical_domain", "value has no canonical JSON form");
  return text;
}

/**
 * Parse bytes that must already be canonical. Requiring `canonical(parse(b)) == b` kills duplicate keys, odd
 * number spellings and white space in one check. Returns undefined when the bytes are anything else.
 */
export function parseCanonical(bytes: Uint8Array): Json | undefined {
  const text = fromUtf8(bytes);
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Json;
    return canonical(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Requirement trees of 32 levels take two each. */
const MAX_DEPTH = 96;

function assertDomain(value: unknown, depth: number): void {
  if (depth > MAX_DEPTH) throw new CountersignError("canonical_domain", "value is nested too deeply");
  if (value === null || typeof value === "boolean") return;
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw new CountersignError("canonical_domain", "text holds a lone surrogate");
    return;
  }
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      throw new CountersignError("canonical_domain", "numbers must be integers below 2^53");
    }
    return;
  }
  if (Array.isArray(value)) {
    for (const item of value) assertDomain(item, depth + 1);
    return;
  }
  if (typeof value === "object" && isPlain(value)) {
    for (const [key, item] of Object.entries(value)) {
      // Schema readers drop this key in silence, so what stands under it would be signed and seen by nobody.
      if (key === "__proto__") throw new CountersignError("canonical_domain", "a key is named __proto__");
      assertDomain(key, depth + 1);
      assertDomain(item, depth + 1);
    }
    return;
  }
  throw new CountersignError("canonical_domain", `a ${typeof value} has no canonical JSON form`);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
