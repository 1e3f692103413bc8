// The part of the configuration schema about gates: conditions, trees, trust, namespace, dispatch, feedback.
import { z } from "zod";
import { globSchema } from "../base/glob.ts";
import { localNames, principalNameSchema } from "../identity/principal.ts";
import { lanes, roles } from "../identity/scope.ts";
import { comparators, logics, typeClasses } from "../gate/condition.ts";
import { providerNames } from "../gate/providers.ts";
import { conditionIdSchema, MAX_CONDITIONS } from "../gate/record.ts";
import { changeTypes, riskLevels } from "../proposal/order.ts";
import { requirementSchema } from "./schema-tree.ts";
import { tomlValueSchema } from "./schema-value.ts";
import { plainUrlSchema } from "./urls.ts";

const count = (low: number, high: number): z.ZodInt => z.int().min(low).max(high);
const providers = z.array(z.enum(providerNames)).max(providerNames.length);
/** Principals by name; a misspelt role would name nobody, in silence. */
const caller = z.union([principalNameSchema, z.enum(localNames)], {
  error: `must be the name of a principal, or one of ${localNames.join(", ")}`,
});
const roleWords = roles.map((role) => `role:${role}` as const);
const people = z
  .array(
    z.union([principalNameSchema, z.enum(localNames), z.enum(roleWords)], {
      error: `must be the name of a principal, or one of ${[...localNames, ...roleWords].join(", ")}`,
    }),
  )
  .max(256);

export const trust = z
  .strictObject({
    min_lane: z
      .enum(lanes)
      .describe("Lane that evidence must have at least; conditions and gates may raise it, never lower it."),
    logic: z
      .enum(logics)
      .describe(
        "kleene: an unknown that cannot matter does not; bochvar: any unknown makes the gate unknown.",
      ),
  })
  .describe("What evidence has to be worth.");

export const validation = z
  .strictObject({
    lexicographic: z.boolean().describe("Whether conditions on text may use the four lex_ comparators."),
    deep_equals: z
      .boolean()
      .describe("Whether conditions on arrays and objects may use deep_equals and deep_not_equals."),
    dynamic: z
      .boolean()
      .describe('Whether a condition may declare type = "dynamic", to which every comparator applies.'),
  })
  .describe("Which comparators are admitted for which types, checked when the policy is loaded.");

export const dev = z
  .strictObject({
    permissive: z
      .boolean()
      .describe(
        "Asserted evidence is enough, for a while; quickstart on loopback only, and it stands in every verdict.",
      ),
    ttl_days: count(1, 30).describe(
      "It ends so many days after the configuration was written; then nothing starts.",
    ),
    exempt_providers: providers.describe("Providers that stay under trust.min_lane all the same."),
  })
  .describe("For trying a policy out.");

export const namespace = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/)
      .describe(
        'Namespace of the repository: verdicts and evidence of another one do not count. "default" is nobody\'s.',
      ),
    allow_default: z.boolean().describe('Whether the namespace may be "default".'),
    authority_url: z
      .union([z.literal(""), plainUrlSchema])
      .describe(
        "Asked for <url>/<name> at each verdict and landing: only the answer 200 lets it pass; empty for none.",
      ),
  })
  .describe("Which project this is.");

const rule = z.strictObject({
  effect: z
    .enum(["permit", "deny", "error"])
    .describe("What happens to a proposal that fits all that the rule says."),
  message: z.string().min(1).max(200).optional().describe("What is said; needed with error."),
  principals: z.array(caller).min(1).max(256).optional().describe("Principals, by name."),
  change_types: z.array(z.enum(changeTypes)).min(1).optional().describe("Types of change."),
  risk_levels: z.array(z.enum(riskLevels)).min(1).optional().describe("Levels of risk."),
  paths: z
    .array(globSchema)
    .min(1)
    .max(100)
    .optional()
    .describe("With permit: every changed file matches one of these. With deny and error: any of them does."),
});
export type DispatchRule = z.infer<typeof rule>;

export const dispatch = z
  .strictObject({
    default: z.enum(["permit", "deny"]).describe("What happens to a proposal that no rule fits."),
    rules: z
      .array(rule)
      .max(256)
      .describe("The first rule that fits holds; each says at least one criterion."),
  })
  .describe("Which proposals are handed to the validator.");

export const feedbackLevels = ["summary", "trace", "evidence"] as const;
export type FeedbackLevel = (typeof feedbackLevels)[number];
const level = z.enum(feedbackLevels);

export const feedback = z
  .strictObject({
    default: level.describe(
      "What a caller learns of a gate that holds: summary, trace of the conditions, or evidence.",
    ),
    local: level.describe("The same for local callers."),
    max: level.describe("Nobody learns more than this."),
    trace: people.describe("Principals (or role:NAME) that learn the trace."),
    evidence: people.describe("Principals (or role:NAME) that learn the evidence."),
  })
  .describe("How much a refusal explains.");

const scalar = z.union([z.string().max(1000), z.int(), z.boolean()]);
/** zod passes over a key of this name in silence. */
const hasProto = (raw: unknown): boolean =>
  typeof raw === "object" &&
  raw !== null &&
  (Object.hasOwn(raw, "__proto__") || Object.values(raw).some((below) => hasProto(below)));
const words = z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/), scalar);
const query = z
  .unknown()
  .refine((raw) => !hasProto(raw), "holds a key named __proto__")
  .pipe(
    z
      .record(
        z.string().regex(/^[a-z][a-z_]{0,39}$/),
        z.union([scalar, z.array(scalar).max(100), words], {
          error: "must be text, an integer, true or false, a list of these, or one table of these",
        }),
      )
      .refine((said) => typeof said["check"] === "string", 'needs check = "…"'),
  )
  .meta({ type: "object" });

/** One entry of [[conditions]]. */
export const condition = z.strictObject({
  id: conditionIdSchema.describe("Name in trees, verdicts and refusals."),
  provider: z.enum(providerNames).describe("Who is asked."),
  query: query.describe("What is asked: check, and what that check needs; docs/config.md lists them."),
  comparator: z.enum(comparators).describe("How the answer is compared."),
  expected: tomlValueSchema.optional().describe("What it is compared with; not with exists and not_exists."),
  expected_json: z
    .string()
    .max(4000)
    .optional()
    .describe("The same as JSON text, for null and for numbers that TOML cannot hold exactly."),
  min_lane: z.enum(lanes).optional().describe("Lane that this evidence must have at least."),
  type: z.enum(typeClasses).optional().describe("Type of the answer, where the check does not say it."),
  words: z
    .array(z.string().max(200))
    .min(1)
    .max(64)
    .optional()
    .describe("With type enum: the words that there are."),
  schema: z
    .string()
    .regex(/^[a-z][a-z0-9._-]{0,63}@\d{1,6}$/)
    .optional()
    .describe("Registered evidence schema instead of type: name@version."),
  about: z.string().max(200).optional().describe("What it means, for gate explain."),
});
export type ConditionEntry = z.infer<typeof condition>;

/** Which of its provider's checks a condition asks for; the schema has seen to it that there is one. */
export function checkOf({ query: { check } }: Pick<ConditionEntry, "query">): string {
  return typeof check === "string" ? check : "";
}

export const conditions = z
  .array(condition)
  .max(MAX_CONDITIONS)
  .describe("Questions to evidence, by name; an entry of the file replaces the preset's of the same id.");

export const gate = z
  .strictObject({
    require: requirementSchema.describe(
      "A condition's id, { all = [...] }, { any = [...] }, { not = … } or { at_least = 2, of = [...] }.",
    ),
    min_lane: z.enum(lanes).optional().describe("Lane that all evidence of this gate must have at least."),
  })
  .describe("What must hold, beside what countersign requires itself.");
export type GateEntry = z.infer<typeof gate>;

/** One table a gate; a gate of the file replaces the preset's of the same name. */
export const gates = z
  .strictObject({
    "read-manifest": gate.optional(),
    "read-file": gate.optional(),
    "search-files": gate.optional(),
    "propose-patch": gate.optional(),
    "patch-status": gate.optional(),
    "withdraw-patch": gate.optional(),
    verdict: gate,
    landing: gate,
  })
  .describe("Requirement trees by gate: the six tools, verdict (approval) and landing.");
export const gateNames = Object.keys(gates.shape) as readonly (keyof typeof gates.shape)[];
export type GateName = (typeof gateNames)[number];
