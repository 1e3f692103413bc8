// Incidents: a person stops proposals and landings, or all calls, until a person closes it with a reason.
import { z } from "zod";
import { patchIdSchema } from "../base/ids.ts";
import { type Refusal, refusal } from "../base/refusal.ts";
import { instantSchema } from "../base/time.ts";

/** Random UUID, version 4. */
export const incidentIdSchema = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  .brand<"IncidentId">();
export type IncidentId = z.infer<typeof incidentIdSchema>;

const person = z.string().min(1).max(200);
const reason = z
  .string()
  .min(3)
  .max(900)
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), "must be one line of text");

/** What is stopped: new proposals and landings, or every call. */
export const freezes = ["changes", "everything"] as const;

export const incidentSchema = z.strictObject({
  version: z.literal(1),
  incident_id: incidentIdSchema,
  opened: instantSchema,
  person,
  reason,
  freezes: z.enum(freezes),
  /** The patch that it is about, if it is about one. */
  patch_id: patchIdSchema.nullable(),
});
export type Incident = z.infer<typeof incidentSchema>;

/**
 * Why `what` is stopped by one of the incidents that are open. It names the incident and says nothing of why a person
 * opened it: agents hear it, and may be what it is about.
 */
export function incidentFault(
  open: readonly Pick<Incident, "incident_id" | "freezes">[],
  what: Incident["freezes"],
): Refusal | undefined {
  const all = open.find(({ freezes: stopped }) => stopped === "everything");
  const one = what === "everything" ? all : (all ?? open[0]);
  if (one === undefined) return undefined;
  const stopped = one.freezes === "everything" ? "all calls" : "proposals and landings";
  return refusal("incident_open", `a person stopped ${stopped}`, one.incident_id);
}

export const incidentClosureSchema = z.strictObject({
  version: z.literal(1),
  incident_id: incidentIdSchema,
  closed: instantSchema,
  person,
  reason,
});
export type IncidentClosure = z.infer<typeof incidentClosureSchema>;

/**
 * A record of the integrator for the log beside landings and incidents; carried into it once. A bundle is exported only
 * when the sealed log holds its digest: that is the signature on the bundle as a whole.
 */
export const journalSchema = z.strictObject({
  version: z.literal(1),
  journal_id: incidentIdSchema,
  at: instantSchema,
  person,
  kind: z.enum(["bundle.exported", "keys.rotated", "privacy.exported"]),
  patch_id: patchIdSchema.nullable(),
  incident_id: incidentIdSchema.nullable(),
  /** SHA-256 of the bundle's list of files, or of what else the kind names. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** One line for people: which key, and why. */
  about: reason.optional(),
});
export type JournalRecord = z.infer<typeof journalSchema>;
