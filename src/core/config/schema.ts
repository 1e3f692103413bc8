// The configuration schema: the single source of the checks, of docs/config.md and of config/countersign.schema.json.
import { z } from "zod";
import { globSchema } from "../base/glob.ts";
import { refNameSchema } from "../base/ids.ts";
import {
  commands,
  guard,
  patch,
  rules,
  sandbox,
  scanners,
  secrets,
  staticAnalysis,
} from "./schema-checks.ts";
import { alerts, audit, keys, metrics, outbound, ship, telemetry } from "./schema-audit.ts";
import { auth, budget, network, principal, server } from "./schema-doors.ts";
import { evidence, schemas } from "./schema-evidence.ts";
import { conditions, dev, dispatch, feedback, gates, namespace, trust, validation } from "./schema-gates.ts";

const globs = z.array(globSchema).max(500);
const extensions = z
  .array(z.string().regex(/^\.[a-z0-9_+-]{1,20}$/, "must be a lower-case extension with its dot"))
  .max(300);
const names = z.array(z.string().regex(/^[A-Za-z0-9._+-]{1,80}$/, "must be a plain file name")).max(300);
const count = (low: number, high: number): z.ZodInt => z.int().min(low).max(high);

const repository = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/)
      .describe("Name of the repository in manifests, verdicts and the log; never a path."),
    ref: z
      .union([z.literal("HEAD"), refNameSchema])
      .describe(
        "Branch that is served and proposed against; HEAD means the branch that is checked out when the validator looks.",
      ),
  })
  .describe("The one repository that this configuration serves.");

const publish = z
  .strictObject({
    include: globs.min(1).describe("Files that may be served. A file must match one of these."),
    exclude: globs.describe(
      "Files that are not served and not even named, whatever include says; in any letter case, and with all that lies under what matches.",
    ),
    extensions: extensions.describe(
      "Extensions of served files; other files are named with the reason `kind`, without content.",
    ),
    names: names.describe("Whole names that are served although they have no listed extension."),
    max_file_bytes: count(1, 16_777_216).describe("Largest served file, in bytes."),
  })
  .describe("What agents may see.");

const paths = z
  .strictObject({ max_depth: count(1, 64).describe("Most names in a path, for reading and proposing.") })
  .describe("Rules for path names.");

const proposal = z
  .strictObject({
    extensions: extensions.describe("Extensions of files that may be proposed."),
    names: names.describe("Whole names that may be proposed although they have no listed extension."),
    create: globs.describe("Where new files may be created. Changed files must be in the manifest."),
    max_files: count(1, 200).describe("Most files in one proposal."),
    max_hunks: count(1, 500).describe("Most hunks in one file."),
    max_hunk_lines: count(1, 5000).describe("Most old lines, and most new lines, in one hunk."),
    max_changed_lines: count(1, 20_000).describe("Most added plus removed lines in one proposal."),
    max_line_chars: count(80, 20_000).describe("Longest line that a patch may add or remove, in characters."),
    rationale_min: count(1, 500).describe("Shortest rationale, in characters."),
    rationale_max: count(10, 4000).describe("Longest rationale, in characters."),
    max_call_bytes: count(1024, 262_144).describe(
      "Most bytes of one call's arguments and of the canonical patch.",
    ),
    max_pending: count(1, 100).describe("Most proposals of one principal that wait for the validator."),
    per_hour: count(1, 10_000).describe("Most proposals of one principal in any hour."),
    ttl_seconds: count(60, 604_800).describe(
      "Time to live of a proposal; afterwards it expires and cannot land.",
    ),
  })
  .describe("What agents may propose.");

const calls = z
  .strictObject({ per_minute: count(1, 100_000).describe("Most tool calls of one principal in any minute.") })
  .describe("Limits on calls.");

const gateway = z
  .strictObject({
    shared_user: z
      .enum(["warn", "refuse"])
      .describe(
        "What happens at start when the gateway's operating-system user could read a private key or write the repository.",
      ),
  })
  .describe("The agent-facing process.");

const validator = z
  .strictObject({
    poll_seconds: count(1, 300).describe("Longest time until a new commit or a new order is noticed."),
    git_timeout_seconds: count(1, 600).describe("Longest run of one git command."),
    verdict_ttl_seconds: count(60, 604_800).describe("How long a verdict can be used for a landing."),
    commands,
  })
  .describe("The process that judges and signs.");

const log = z
  .strictObject({
    level: z
      .enum(["error", "warn", "info", "debug"])
      .describe("Least level that is written to standard error."),
  })
  .describe("Operational log (the audit log cannot be switched off).");

export const presetNames = ["quickstart", "default", "hardened", "container-prod"] as const;
export type PresetName = (typeof presetNames)[number];

const principals = z
  .array(principal)
  .max(256)
  .describe("Callers by name, each with what stands for it and what it may do.");

/** Every key is required: presets are explicit, and no default hides in the code. */
export const configSchema = z.strictObject({
  repository,
  publish,
  paths,
  proposal,
  patch,
  rules,
  secrets,
  static_analysis: staticAnalysis,
  guard,
  scanners,
  sandbox,
  calls,
  budget,
  server,
  auth,
  principals,
  network,
  trust,
  validation,
  evidence,
  schemas,
  dev,
  namespace,
  dispatch,
  feedback,
  conditions,
  gates,
  gateway,
  validator,
  audit,
  keys,
  metrics,
  alerts,
  ship,
  telemetry,
  outbound,
  log,
});
export type Config = z.infer<typeof configSchema>;

const { http } = server.shape;

/** What a configuration file may hold: the preset's name and any keys that override it. */
export const fileSchema = z.strictObject({
  preset: z.enum(presetNames).describe("The posture that this file starts from."),
  repository: repository.partial().optional(),
  publish: publish.partial().optional(),
  paths: paths.partial().optional(),
  proposal: proposal.partial().optional(),
  patch: patch.partial().optional(),
  rules: rules.partial().optional(),
  secrets: secrets.partial().optional(),
  static_analysis: staticAnalysis.partial().optional(),
  guard: guard.partial().optional(),
  scanners: scanners.partial().optional(),
  sandbox: sandbox.partial().optional(),
  calls: calls.partial().optional(),
  budget: budget.partial().optional(),
  server: server
    .extend({
      tools: server.shape.tools.partial(),
      http: http.extend({ tls: http.shape.tls.partial(), proxy: http.shape.proxy.partial() }).partial(),
    })
    .partial()
    .optional(),
  auth: auth.extend({ oidc: auth.shape.oidc.partial() }).partial().optional(),
  principals: principals.optional(),
  network: network.partial().optional(),
  trust: trust.partial().optional(),
  validation: validation.partial().optional(),
  evidence: evidence
    .extend({
      env: evidence.shape.env.partial(),
      json: evidence.shape.json.partial(),
      http: evidence.shape.http.partial(),
    })
    .partial()
    .optional(),
  schemas: schemas.partial().optional(),
  dev: dev.partial().optional(),
  namespace: namespace.partial().optional(),
  dispatch: dispatch.partial().optional(),
  feedback: feedback.partial().optional(),
  conditions: conditions.optional(),
  gates: gates.partial().optional(),
  gateway: gateway.partial().optional(),
  validator: validator.partial().optional(),
  audit: audit.partial().optional(),
  keys: keys.partial().optional(),
  metrics: metrics.partial().optional(),
  alerts: alerts.partial().optional(),
  ship: ship.partial().optional(),
  telemetry: telemetry.partial().optional(),
  outbound: outbound.partial().optional(),
  log: log.partial().optional(),
});
