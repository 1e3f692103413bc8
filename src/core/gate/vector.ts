// What one line of a vector file may say; vectors.ts describes the format.
import { z } from "zod";
import { lanes } from "../identity/scope.ts";
import { comparators, logics, typeClasses } from "./condition.ts";
import { bindings } from "./evidence.ts";
import { providerNames } from "./providers.ts";
import type { Requirement } from "./requirement.ts";
import { parseValue, type Value } from "./value.ts";

const name = z.string().min(1).max(200);
const state = z.enum(["true", "false", "unknown"]);
const provider = z.enum(providerNames);
const head = { id: name, about: z.string().exactOptional() };
const bytes = z.array(z.int().min(0).max(255)).transform((list) => Uint8Array.from(list));
const exact = z.string().transform((text, context): Value => {
  const value = parseValue(text);
  if (value !== undefined) return value;
  context.addIssue("is not strict JSON text");
  return z.NEVER;
});

/** Also trees that no policy may hold: what the engine says of them is part of what vectors show. */
const tree: z.ZodType<Requirement> = z.lazy(() =>
  z.union([
    z.string(),
    z.strictObject({ all: z.array(tree) }),
    z.strictObject({ any: z.array(tree) }),
    z.strictObject({ not: tree }),
    z.strictObject({ at_least: z.number(), of: z.array(tree) }),
  ]),
);

const condition = z.strictObject({
  provider: provider.default("json"),
  check: z.string().default("path"),
  params: z.record(z.string(), z.json()).default({}),
  comparator: z.enum(comparators),
  expected: exact.exactOptional(),
  min_lane: z.enum(lanes).exactOptional(),
  types: z.array(z.enum(typeClasses)).default(["dynamic"]),
  words: z.array(z.string()).exactOptional(),
});

const evidence = z.strictObject({
  lane: z.enum(lanes).default("verified"),
  value: exact.exactOptional(),
  bytes: bytes.exactOptional(),
  /** Code of the provider's error. */
  error: z.string().exactOptional(),
  anchor: z.strictObject({ type: z.string(), value: z.string() }).exactOptional(),
  proof: z.strictObject({ form: z.enum(["dsse", "result"]), text: z.string() }).exactOptional(),
});

const key = z.strictObject({
  name,
  keyid: z.string(),
  public_key: z.base64(),
  checks: z.array(z.string()),
  expires: z.int().exactOptional(),
  not_before: z.int().exactOptional(),
  not_after: z.int().exactOptional(),
});

const trust = z.strictObject({
  min_lane: z.enum(lanes).default("verified"),
  permissive: z.strictObject({ until: z.int(), exempt: z.array(provider) }).exactOptional(),
  now: z.int().default(0),
  max_age_seconds: z.int().min(1).default(86_400),
  bind: z.enum(bindings).default("patch"),
  anchors: z
    .partialRecord(provider, z.strictObject({ type: z.string(), fields: z.array(z.string()) }))
    .default({}),
  keys: z.array(key).default([]),
  subject: z
    .strictObject({
      resource: z.string(),
      patch: z.string().exactOptional(),
      tree: z.string().exactOptional(),
    })
    .default({ resource: "" }),
});

export const vectorSchema = z.discriminatedUnion("kind", [
  z.strictObject({ ...head, kind: z.literal("value"), text: z.string(), canonical: z.string().nullable() }),
  z.strictObject({
    ...head,
    kind: z.literal("compare"),
    comparator: z.enum(comparators),
    value: exact.exactOptional(),
    bytes: bytes.exactOptional(),
    expected: exact.exactOptional(),
    state,
  }),
  z.strictObject({
    ...head,
    kind: z.literal("tree"),
    logic: z.enum(logics),
    require: tree,
    states: z.record(z.string(), state),
    state,
    blamed: z.string().nullable(),
  }),
  z.strictObject({
    ...head,
    kind: z.literal("condition"),
    condition,
    gate_min_lane: z.enum(lanes).exactOptional(),
    evidence: evidence.exactOptional(),
    trust: trust.prefault({}),
    state,
    reason: z.string().nullable(),
    min_lane: z.enum(lanes).default("verified"),
    detail: z.string().nullable().exactOptional(),
  }),
  z.strictObject({
    ...head,
    kind: z.literal("decision"),
    requires: z.array(z.string()),
    established: z.array(z.tuple([z.string(), state])),
    policy: z
      .strictObject({
        logic: z.enum(logics),
        min_lane: z.enum(lanes).exactOptional(),
        require: tree,
        conditions: z.record(z.string(), condition),
      })
      .exactOptional(),
    facts: z.boolean().default(true),
    evidence: z.record(z.string(), evidence).default({}),
    trust: trust.prefault({}),
    allowed: z.boolean(),
    reason: z.string().nullable(),
    where: z.string().nullable(),
  }),
]);
export type Vector = z.infer<typeof vectorSchema>;

export type VectorCondition = z.infer<typeof condition>;
export type VectorEvidence = z.infer<typeof evidence>;
export type VectorTrust = z.infer<typeof trust>;
