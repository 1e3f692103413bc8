// The shape of one entry in the catalogue of reasons.

export interface ReasonEntry {
  /** What it means, in one sentence. */
  readonly means: string;
  /** What the caller or the operator does next. */
  readonly fix: string;
}
