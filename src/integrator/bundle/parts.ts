// The members of a bundle while it is examined: each has to be taken by a check, and what none takes has no business there.
import { MAX_ENVELOPE_BYTES } from "../../core/attestation/envelope.ts";
import { MAX_ORDER_BYTES } from "../../core/proposal/order.ts";
import type { Members } from "./file.ts";

/** Of one member that is parsed: orders and envelopes are the largest. Canonical rubbish takes seventy times its length of memory. */
const MAX_PARSED = Math.max(MAX_ORDER_BYTES, MAX_ENVELOPE_BYTES);

export interface Parts {
  /** Undefined when there is no such member. Whoever takes one binds it to what was signed. */
  take(path: string, maxBytes?: number): Uint8Array | undefined;
  /** Paths below `folder` (which ends with a slash), taken or not, in order. */
  below(folder: string): readonly string[];
  /** What nobody took. */
  left(): readonly string[];
}

export function openParts(members: Members): Parts {
  const taken = new Set<string>();
  return {
    take(path, maxBytes = MAX_PARSED) {
      const bytes = members.get(path);
      if (bytes === undefined) return undefined;
      hold(bytes.length <= maxBytes, path, `it is larger than the ${maxBytes} bytes that it may have`);
      taken.add(path);
      return bytes;
    },
    below: (folder) => [...members.keys()].filter((path) => path.startsWith(folder)).toSorted(),
    left: () => [...members.keys()].filter((path) => !taken.has(path)),
  };
}

/** Something does not hold. Thrown within the examination only, which makes an answer of it. */
export class Unproven extends Error {
  /** The member, or the part of the file, in which it was found. */
  readonly where: string;

  constructor(where: string, why: string) {
    super(why);
    this.name = "Unproven";
    this.where = where;
  }
}

/** What was taken, or the end of the examination. */
export function needed<T>(value: T | undefined, where: string, why: string): T {
  if (value === undefined) throw new Unproven(where, why);
  return value;
}

export function hold(holds: boolean, where: string, why: string): void {
  if (!holds) throw new Unproven(where, why);
}
