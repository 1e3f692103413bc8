// What is said without being asked: the closed list of alerts, how grave each is, and what to do about it.
import { z } from "zod";
import { instantSchema } from "../base/time.ts";

export const alertNames = [
  "validator_silent",
  "seal_lag",
  "seal_trouble",
  "refusal_rate",
  "budget",
  "key_expiry",
  "allowlist_age",
  "storage_halted",
  "incident_open",
] as const;
export type AlertName = (typeof alertNames)[number];

interface AlertWords {
  /** `info`: somebody did it on purpose. */
  readonly level: "alert" | "info";
  readonly means: string;
  readonly fix: string;
}

export const alerts: Readonly<Record<AlertName, AlertWords>> = {
  validator_silent: {
    level: "alert",
    means: "the validator shows no sign of life",
    fix: "Start it (countersign up, or countersign validator) and look at what it said on standard error.",
  },
  seal_lag: {
    level: "alert",
    means: "entries of the log wait for a seal",
    fix: "See that the validator runs and may write exchange/heads/sealed; countersign audit head shows how far it is.",
  },
  seal_trouble: {
    level: "alert",
    means: "the sealer refuses to seal",
    fix: "Run countersign audit verify before anything else; docs/operations.md says what each trouble means.",
  },
  refusal_rate: {
    level: "alert",
    means: "a large share of calls is refused",
    fix: "countersign audit stats and the reasons in the log say why; countersign doctor looks at the causes here.",
  },
  budget: {
    level: "alert",
    means: "a caller's budget is almost used up",
    fix: "The entry budget.warning names the caller; raise [budget] or wait for the next period.",
  },
  key_expiry: {
    level: "alert",
    means: "a signing key ends soon, or has ended",
    fix: "countersign keys rotate, as the user of the validator.",
  },
  allowlist_age: {
    level: "alert",
    means: "the allow-list of addresses gets old, and then lets nobody in",
    fix: "countersign allowlist sync, and look at the timer that runs it.",
  },
  storage_halted: {
    level: "alert",
    means: "a gateway stopped because it could not write its log",
    fix: "Free the disk or mend it, run countersign audit verify, then start the gateway again.",
  },
  incident_open: {
    level: "info",
    means: "an incident is open; proposals and landings are stopped",
    fix: "countersign incident list; a person closes it with a reason.",
  },
};

/** Numbers and words of our own vocabulary: nothing that an agent wrote, no name of a person, no path. */
export const alertFactsSchema = z.record(
  z.string().regex(/^[a-z][a-z0-9_]{0,40}$/),
  z.union([z.string().max(100), z.int(), z.boolean(), z.null()]),
);
export type AlertFacts = z.infer<typeof alertFactsSchema>;

/** One turn of an alert, as the log, a webhook and the operational log are told. */
export const alertTurnSchema = z.strictObject({
  /** Of this message: whoever gets it twice knows it by that. */
  id: z.uuid(),
  at: instantSchema,
  alert: z.enum(alertNames),
  state: z.enum(["raised", "cleared"]),
  facts: alertFactsSchema,
});
export type AlertTurn = z.infer<typeof alertTurnSchema>;

/** What is remembered of an alert that was raised and not cleared. */
export const activeSchema = z.strictObject({
  v: z.literal(1),
  alert: z.enum(alertNames),
  since: instantSchema,
  facts: alertFactsSchema,
});
export type Active = z.infer<typeof activeSchema>;
