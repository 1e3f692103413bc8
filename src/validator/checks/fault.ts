// The failures of checks that have a name of their own in the verdict.
import type { Refusal } from "../../core/base/refusal.ts";

/**
 * Not tried again: what a scanner does to a patch it does at every try, and a patch that makes one hang must not keep the
 * queue for five times as long. A person decides.
 */
export class CheckFault extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, options: { cause?: unknown } = {}) {
    super(refusal.message, options);
    this.name = "CheckFault";
    this.refusal = refusal;
  }
}

/** One that may go away by itself, as a server that is being started does: tried again like any trouble of the world outside. */
export class PassingFault extends CheckFault {
  constructor(said: Refusal, options: { cause?: unknown } = {}) {
    super(said, options);
    this.name = "PassingFault";
  }
}
