// The failure of a check that has a name of its own in the verdict, and that another try would only repeat.
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
