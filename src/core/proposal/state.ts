// The life of a proposal as one table of states and the moves between them.

export const states = [
  "pending",
  "validating",
  "approved",
  "manual_required",
  "rejected",
  "error",
  "landed",
  "conflict",
  "expired",
  "withdrawn",
  "superseded",
] as const;
export type State = (typeof states)[number];

const moves: Readonly<Record<State, readonly State[]>> = {
  pending: [
    "validating",
    "approved",
    "manual_required",
    "rejected",
    "error",
    "expired",
    "withdrawn",
    "superseded",
    "landed",
  ],
  validating: [
    "approved",
    "manual_required",
    "rejected",
    "error",
    "expired",
    "withdrawn",
    "superseded",
    "landed",
  ],
  approved: ["landed", "conflict", "expired", "withdrawn", "superseded"],
  manual_required: ["landed", "conflict", "expired", "withdrawn", "superseded"],
  // A rebased history or a verdict that arrived late may still turn a conflict into a landing by a person.
  conflict: ["landed", "expired", "withdrawn", "superseded"],
  rejected: [],
  error: ["expired", "withdrawn", "superseded"],
  landed: [],
  // A landing is a fact in the repository; when it raced with a withdrawal or the clock, the record follows the fact.
  expired: ["landed"],
  withdrawn: ["landed"],
  superseded: ["landed"],
};

export function canMove(from: State, to: State): boolean {
  return moves[from].includes(to);
}

/** States in which a proposal occupies the validator's queue and counts against proposal.max_pending. */
export const pendingStates = ["pending", "validating"] as const satisfies readonly State[];

/** States from which a person can still land the patch. */
export const openStates = [
  "pending",
  "validating",
  "approved",
  "manual_required",
  "conflict",
  "error",
] as const satisfies readonly State[];

/** Ended without landing: by its proposer, by a newer one, or by time. */
export function isEnded(state: State): state is "withdrawn" | "expired" | "superseded" {
  return state === "withdrawn" || state === "expired" || state === "superseded";
}

export function isFinal(state: State): boolean {
  return moves[state].every((next) => next === "landed");
}
