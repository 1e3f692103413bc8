// By what a hit in one text is known again in another: its rule, and the text of what broke it.
import { createHash } from "node:crypto";

export interface Hit {
  readonly rule: string;
  readonly line: number;
  readonly end: number;
}

/** A digest goes to the parent, and no further: what is in a file stays there. */
export interface Signed extends Hit {
  readonly sign: string;
  /** Lines elsewhere that made it a hit: from and to. */
  readonly from?: readonly (readonly [number, number])[];
}

interface Spot {
  readonly text: string;
  readonly startPosition: { readonly row: number };
  readonly endPosition: { readonly row: number };
}

const NOWHERE = { startPosition: { row: 0 }, endPosition: { row: 0 } };

export function signed(rule: string, node: Spot | { readonly text: string }): Signed {
  const { startPosition, endPosition } = "startPosition" in node ? node : NOWHERE;
  const digest = createHash("sha256").update(`${rule}\0`).update(node.text).digest("hex");
  return { rule, line: startPosition.row + 1, end: endPosition.row + 1, sign: digest.slice(0, 32) };
}

/** What is about the whole of a text, or from one line on. */
export function signedAll(rule: string, text: string): Signed {
  return { ...signed(rule, { text }), end: text.split("\n").length };
}
