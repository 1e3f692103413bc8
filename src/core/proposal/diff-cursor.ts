// The cursor that the diff reader moves over lines, and the fault with which it leaves.
import { refuse, type Refusal } from "../base/refusal.ts";

/** Lines of the diff as byte text, without their line feeds, and a cursor. Line numbers in messages count from 1. */
export interface Lines {
  readonly all: readonly string[];
  at: number;
}

/** Thrown inside the reader only, to leave it from any depth; `parseDiff` turns it back into a value. */
export class DiffFault extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.code);
    this.refusal = refusal;
  }
}

export function fault(code: Refusal["code"], message: string, lines: Lines): DiffFault {
  const result = refuse(code, message, `diff line ${lines.at + 1}`);
  return new DiffFault(result.refusal);
}
