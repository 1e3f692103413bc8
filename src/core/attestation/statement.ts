// in-toto statements: the verdict on a patch (two predicate types, one shape) and the publication of a manifest.
import { z } from "zod";
import { canonical, parseCanonical } from "../base/canonical.ts";
import { utf8 } from "../base/bytes.ts";
import { digestSchema } from "../base/digest.ts";
import { correlationSchema, gitOidSchema, patchIdSchema, refNameSchema } from "../base/ids.ts";
import { accept, refusalSchema, refuse, type Result } from "../base/refusal.ts";
import { instantSchema } from "../base/time.ts";
import { decisionRecordSchema } from "../gate/record.ts";

const TYPE = "https://in-toto.io/Statement/v1";
const ROOT = "https://countersign.dev/attestation";
/** Only an APPROVED verdict carries it: generic verifiers compare the type, and never look at the outcome. */
export const APPROVAL = `${ROOT}/patch-approval/v1`;
/** MANUAL_REQUIRED and REJECTED. */
export const VALIDATION = `${ROOT}/patch-validation/v1`;
export const MANIFEST = `${ROOT}/manifest/v1`;
export const VERIFIER = "https://countersign.dev/validator/v1";

/**
 * Name of the repository in statements: names that the operator chose, never a path of the machine. Namespaces have no
 * slash, so that no two pairs of names give one text. "default", nobody's namespace, gives the text of before there were
 * namespaces.
 */
export function resourceUri(repositoryName: string, namespace: string): string {
  const name = namespace === "default" ? repositoryName : `${namespace}/${repositoryName}`;
  return `urn:countersign:repository:${name}`;
}

export const outcomes = ["APPROVED", "MANUAL_REQUIRED", "REJECTED"] as const;
export type Outcome = (typeof outcomes)[number];
export const checkResults = ["PASSED", "WARNED", "FAILED", "SKIPPED", "ERROR"] as const;
export type CheckResult = (typeof checkResults)[number];

const toolSchema = z.strictObject({ name: z.string().max(60), version: z.string().max(60) });

/** A finding of a check. The refusal says code, what, where (path and line) and the fix. */
const findingSchema = z.strictObject({
  rule: z.string().max(80),
  line: z.int().min(0).nullable(),
  refusal: refusalSchema,
});
export type Finding = z.infer<typeof findingSchema>;

/** Id under which `checks` says how the policy's gate came out: shown like a check, and none that a policy could ask about. */
export const GATE_CHECK = "gate";

const checkSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{1,40}$/),
  result: z.enum(checkResults),
  tool: toolSchema,
  findings: z.array(findingSchema).max(200),
});
export type Check = z.infer<typeof checkSchema>;

const checkpointSchema = z.strictObject({
  origin: z.string().max(200),
  size: z.int().min(0),
  rootHash: z.string().max(64),
});

/** Version and digest of each rule pack; verdicts of before there were several name the version of the only one. */
const rulesSchema = z.union([
  z.record(
    z.string().regex(/^[a-z][a-z-]{1,30}$/),
    z.strictObject({ version: z.string().max(40), digest: z.strictObject({ sha256: digestSchema }) }),
  ),
  z.string().max(40),
]);

const predicateSchema = z.strictObject({
  patchId: patchIdSchema,
  /** The exact bytes of the order that was judged: title, rationale and proposer belong to the verdict, too. */
  order: z.strictObject({ digest: z.strictObject({ sha256: digestSchema }) }),
  outcome: z.enum(outcomes),
  timeVerified: instantSchema,
  expires: instantSchema,
  verifier: z.strictObject({
    id: z.literal(VERIFIER),
    version: z.record(z.string().max(40), z.string().max(60)),
  }),
  resourceUri: z.string().min(1).max(300),
  targetRef: refNameSchema,
  base: z.strictObject({
    manifest: digestSchema,
    digest: z.strictObject({ gitCommit: gitOidSchema, gitTree: gitOidSchema }),
  }),
  policy: z.strictObject({
    uri: z.string().max(200),
    digest: z.strictObject({ sha256: digestSchema }),
    annotations: z.strictObject({ rules: rulesSchema }),
  }),
  proposer: z.strictObject({
    principal: z.string().max(200),
    session: z.string().max(64),
    correlation: correlationSchema.optional(),
  }),
  checks: z.array(checkSchema).min(1).max(50),
  /** How the policy's verdict gate was decided. Verdicts of before there were gates have none; they can only be read. */
  decision: decisionRecordSchema.optional(),
  /** The latest sealed checkpoint of the audit log; present once a sealer runs. */
  auditCheckpoint: checkpointSchema.optional(),
});

const patchSubject = z.strictObject({
  name: z.literal("patch"),
  digest: z.strictObject({ sha256: digestSchema }),
});
const treeSubject = z.strictObject({
  name: z.literal("result-tree"),
  digest: z.strictObject({ gitTree: gitOidSchema }),
});

/** The result tree is missing only where none could be built; such a verdict can never be landed. */
const verdictSchema = z
  .strictObject({
    _type: z.literal(TYPE),
    subject: z.union([z.tuple([patchSubject, treeSubject]), z.tuple([patchSubject])]),
    predicateType: z.enum([APPROVAL, VALIDATION]),
    predicate: predicateSchema,
  })
  .refine(
    (s) => (s.predicateType === APPROVAL) === (s.predicate.outcome === "APPROVED"),
    "predicate type and outcome disagree",
  )
  .refine(
    (s) =>
      s.predicate.outcome !== "APPROVED" ||
      (s.subject.length === 2 &&
        s.predicate.checks.every((c) => c.result === "PASSED") &&
        (s.predicate.decision === undefined || s.predicate.decision.state === "true")),
    "an approval needs a tree, only passed checks and an open gate",
  );
export type Verdict = z.infer<typeof verdictSchema>;
export type VerdictPredicate = z.infer<typeof predicateSchema>;

const publicationSchema = z.strictObject({
  _type: z.literal(TYPE),
  subject: z.tuple([
    z.strictObject({ name: z.literal("manifest"), digest: z.strictObject({ sha256: digestSchema }) }),
  ]),
  predicateType: z.literal(MANIFEST),
  predicate: z.strictObject({
    repository: z.string().max(200),
    ref: refNameSchema,
    commit: gitOidSchema,
    tree: gitOidSchema,
    policy: digestSchema,
    created: instantSchema,
  }),
});
export type Publication = z.infer<typeof publicationSchema>;

/** Subject, predicate type and predicate of a verdict; the type follows from the outcome and cannot be chosen. */
export function verdictStatement(
  patch: z.infer<typeof digestSchema>,
  tree: z.infer<typeof gitOidSchema> | undefined,
  predicate: VerdictPredicate,
): Uint8Array {
  const subject = [
    { name: "patch", digest: { sha256: patch } },
    ...(tree === undefined ? [] : [{ name: "result-tree", digest: { gitTree: tree } }]),
  ];
  const predicateType = predicate.outcome === "APPROVED" ? APPROVAL : VALIDATION;
  return statementBytes(verdictSchema.parse({ _type: TYPE, subject, predicateType, predicate }));
}

export function publicationStatement(
  manifest: z.infer<typeof digestSchema>,
  predicate: Publication["predicate"],
): Uint8Array {
  return statementBytes(
    publicationSchema.parse({
      _type: TYPE,
      subject: [{ name: "manifest", digest: { sha256: manifest } }],
      predicateType: MANIFEST,
      predicate,
    }),
  );
}

/** Read verified payload bytes as a verdict. The bytes must be canonical: two parsers cannot then disagree. */
export function parseVerdict(payload: Uint8Array): Result<Verdict> {
  return parseStatement(payload, verdictSchema);
}

export function parsePublication(payload: Uint8Array): Result<Publication> {
  return parseStatement(payload, publicationSchema);
}

function parseStatement<T>(payload: Uint8Array, schema: z.ZodType<T>): Result<T> {
  const json = parseCanonical(payload);
  if (json === undefined) return refuse("verdict_invalid", "the statement is not canonical JSON");
  const parsed = schema.safeParse(json);
  if (parsed.success) return accept(parsed.data);
  const [issue] = parsed.error.issues;
  return refuse(
    "verdict_invalid",
    issue?.message ?? "the statement has another form",
    issue?.path.join(".") ?? "",
  );
}

function statementBytes(statement: unknown): Uint8Array {
  return utf8(canonical(statement));
}
