// The part of the configuration schema about what the validator looks for: kinds of change, rules, secrets, scanners, sandbox, guard.
import { z } from "zod";
import { globSchema } from "../base/glob.ts";
import { localNames, principalNameSchema } from "../identity/principal.ts";

const count = (low: number, high: number): z.ZodInt => z.int().min(low).max(high);
const globs = z.array(globSchema).min(1).max(100);
const reason = z.string().min(10).max(300).describe("Why; it is shown in every verdict that it touches.");
const ruleId = z.string().regex(/^[a-z][a-z0-9._-]{1,78}$/);
const caller = z.union([principalNameSchema, z.enum(localNames)], {
  error: `must be the name of a principal, or one of ${localNames.join(", ")}`,
});

/** From strictest to weakest. */
export const treatments = ["reject", "manual", "accept"] as const;
const treatment = z.enum(treatments);
const never = z.enum(["reject", "manual"]);
/** Kinds that no value lets in: nothing of ours could check them (decision 0043). */
const always = z.enum(["reject"]);

export const patch = z
  .strictObject({
    symlinks: always.describe("A symbolic link that comes, goes or changes; there is no other value."),
    gitlinks: always.describe("A submodule that comes, goes or changes; there is no other value."),
    binary: always.describe(
      "A binary patch, or a file whose result is not UTF-8 text; there is no other value.",
    ),
    mode_changes: never.describe("A file that becomes executable or ceases to be: reject, or manual."),
    executables: treatment.describe("A new file that is executable."),
    renames: treatment.describe("A file that is renamed."),
    copies: treatment.describe(
      "A section that says that it copies a file. The gateway writes it out as a new file unless it is rejected.",
    ),
    odd_names: treatment.describe("A path that git writes in quotes: letters beyond ASCII."),
    crlf: treatment.describe(
      "Added lines that end with a carriage return, in a file whose other lines do not.",
    ),
    missing_newline: treatment.describe("A last line that loses its line feed, or a new file without one."),
  })
  .describe("What kinds of change a patch may hold.");

const exclusion = z.strictObject({
  rules: z.array(ruleId).min(1).max(100).describe("Ids of rules, as findings name them."),
  paths: globs.describe("Where they do not count."),
  reason,
});
export type Exclusion = z.infer<typeof exclusion>;

const suppression = z.strictObject({
  rule: ruleId.describe("Id of the rule, as the finding names it."),
  path: z.string().min(1).max(512).describe("The one file that it is about."),
  fingerprint: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional()
    .describe("The one finding in it that is meant; every finding of the rule in that file without it."),
  reason,
  expires: z.iso.datetime().describe("Instant (UTC) from which on it counts for nothing."),
});
export type Suppression = z.infer<typeof suppression>;

export const rules = z
  .strictObject({
    exclude: z
      .array(exclusion)
      .max(200)
      .describe("Rules that do not count at certain paths, such as made-up keys among test data."),
    suppress: z
      .array(suppression)
      .max(500)
      .describe("Single findings that are known and let pass for a while."),
  })
  .describe("Exceptions from the rule packs. Blocked paths have none, and nothing in a patch makes one.");

const redaction = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,40}$/)
    .describe("Name of the rule; what is masked reads [REDACTED:id]."),
  paths: globs.describe("Files it is applied to."),
  principals: z.array(caller).min(1).max(256).optional().describe("For whom; everybody without it."),
  pattern: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .describe("RE2 expression; what its first group matches is masked, or the whole match."),
  json_path: z.string().min(1).max(300).optional().describe("In JSON files: the values at this JSONPath."),
});
export type Redaction = z.infer<typeof redaction>;

export const secrets = z
  .strictObject({
    result: never.describe("What a secret in a patch leads to: reject, or manual."),
    entropy: z.boolean().describe("Whether random-looking values behind words such as password count, too."),
    mask: z.boolean().describe("Whether secrets in served files are masked; otherwise they are served."),
    redact: z.array(redaction).max(100).describe("More that is masked in served files."),
  })
  .describe("Secrets in patches and in served files.");

const moduleName = z.string().regex(/^[A-Za-z0-9@*][A-Za-z0-9@._/*:+-]{0,120}$/);

export const staticAnalysis = z
  .strictObject({
    result: never.describe("What a finding leads to: reject, or manual."),
    allowed_imports: z
      .array(moduleName)
      .max(500)
      .describe('Modules that added code may import, by name with * for any part; ["*"] for all.'),
    denied_imports: z
      .array(moduleName)
      .max(500)
      .describe("Modules that it may not import, whatever is allowed."),
  })
  .describe("What is looked for in added code by the rule pack of countersign itself.");

export const uses = ["required", "found", "off"] as const;
const use = z.enum(uses);

export const scanners = z
  .strictObject({
    gitleaks: use.describe("required: no approval without it; found: used when it is there; off: never."),
    semgrep: use.describe("The same for semgrep."),
    bandit: use.describe("The same for bandit, for Python."),
    semgrep_rules: z
      .string()
      .max(400)
      .describe(
        "File or folder of semgrep rules, absolute or in the state folder; empty for the ones shipped.",
      ),
    timeout_seconds: count(5, 600).describe("Longest run of one scanner."),
    memory_mib: count(64, 8192).describe("Most memory of one scanner, in MiB."),
  })
  .describe("Scanners of others, found on the PATH of the validator and run in the sandbox.");

const drivers = ["auto", "none", "bubblewrap", "docker", "podman"] as const;

export const sandbox = z
  .strictObject({
    driver: z
      .enum(drivers)
      .describe(
        "bubblewrap, docker or podman must be there when named; auto: the first that is; none: no sandbox.",
      ),
    runtime: z
      .enum(["", "runc", "crun", "runsc", "kata"])
      .describe("Runtime of docker and podman; empty for theirs. One that is missing is a refusal."),
    image: z
      .string()
      .regex(/^(?:|[a-z0-9][a-z0-9._/:@-]{0,250})$/)
      .describe("Image that docker and podman run in; it must be there already, nothing is fetched."),
    memory_mib: count(16, 16_384).describe("Memory, in MiB."),
    cpu_percent: count(5, 1600).describe("Processor time, in hundredths of one processor."),
    processes: count(1, 4096).describe("Most processes and threads at a time."),
    scratch_mib: count(1, 4096).describe("Size of the one place that can be written to, in MiB."),
    timeout_seconds: count(1, 3600).describe("Longest run."),
  })
  .describe("Where scanners and the project's own commands run. Limits hold where nothing else is said.");

const command = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,30}$/)
    .describe("Name in verdicts; the check is called command-NAME."),
  argv: z
    .array(z.string().min(1).max(1000))
    .min(1)
    .max(64)
    .describe("The program and its arguments; there is no shell."),
  result: never.describe("What another exit code than 0 leads to: reject, or manual."),
  paths: globs.optional().describe("Only run when the patch changes a file that matches; else it passes."),
  coverage: z
    .string()
    .min(1)
    .max(300)
    .optional()
    .describe("RE2 expression whose first group is a percentage in the output; it becomes evidence."),
  min_coverage: count(0, 100).optional().describe("Least percentage; needs coverage."),
  read: z
    .array(z.string().regex(/^\/[^\0]{0,300}$/))
    .max(20)
    .optional()
    .describe("Absolute folders it may read beside the system's programs, such as installed dependencies."),
  memory_mib: count(16, 16_384).optional(),
  cpu_percent: count(5, 1600).optional(),
  processes: count(1, 4096).optional(),
  scratch_mib: count(1, 4096).optional(),
  timeout_seconds: count(1, 3600).optional(),
});
export type CommandEntry = z.infer<typeof command>;

export const commands = z
  .array(command)
  .max(16)
  .describe("The project's own commands, run in the sandbox on the patched tree, such as its tests.");

export const guard = z
  .strictObject({
    enabled: z.boolean().describe("Whether agents' words are looked through for prompt injection."),
    result: never.describe("What a hit in a proposal leads to: reject, or manual."),
    trusted: z
      .array(principalNameSchema)
      .max(64)
      .describe("Principals with a token or a certificate of their own whose words are not looked through."),
    endpoint: z
      .string()
      .max(300)
      .describe("Base URL of a local classifier that speaks the OpenAI chat protocol; empty for none."),
    model: z.string().max(120).describe("Name of its model."),
    key: z.string().max(400).describe("Its key: env:NAME or file:PATH; empty for none."),
    timeout_ms: count(100, 30_000).describe("Longest wait for it, in milliseconds."),
  })
  .describe("The content guard. It advises: what it lets pass is checked by everything else all the same.");
