// RE2, the only engine that meets a pattern of an agent's, and what such a pattern costs.
import { RE2JS } from "re2js";

export interface Expression {
  readonly program: RE2JS;
  /** Instructions of the compiled program: about one for each character or class, repetitions written out. */
  readonly size: number;
  /** Steps that one character of text takes at most. */
  readonly cost: number;
}

/** Programs up to this size keep within RE2's cache of states, and then a character takes one step. */
const CACHED = 20;

/**
 * Compile `source`. RE2 is linear in the text, but linear in text times program: `a[ab]{400}c` takes hundreds of steps
 * for each character, so whoever runs an agent's pattern has to charge for it. Throws what RE2 says of a bad source.
 */
export function compileExpression(source: string): Expression {
  const program = RE2JS.compile(source);
  const size = program.programSize();
  return { program, size, cost: size <= CACHED ? 1 : size };
}
