// gitleaks: secrets anywhere in the changed files; its own rules under a configuration of ours, everything redacted.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Adapter, answer, type Laid, ruleOf } from "./adapter.ts";
import type { Inspected } from "./finding.ts";

/** No code of its own: 0 is nothing found, 1 a fault, 126 an argument that it does not know. */
const LEAKS = 77;
const PROBE = "countersign-probe";

/**
 * It leaves out what by its first bytes is an "application": `MZ`, `%!`, `BZh`, `ustar` at 257, `DICM` at 128. What it would
 * look for behind so long a line (`CD001` at 32769) leaves the last line unseen.
 */
const NEUTRAL = "#".repeat(400);

/** Words of the report are never read: a description or a match could hold what must reach neither log nor verdict. */
const report = z
  .array(
    z.object({
      RuleID: z.string().regex(/^[a-z][a-z0-9-]{0,70}$/),
      File: z.string().max(600),
      StartLine: z.int().min(1),
      EndLine: z.int().min(1),
      Secret: z.literal("REDACTED"),
    }),
  )
  .max(20_000);

const ARGS: readonly string[] = [
  "dir",
  "files",
  "--config",
  "settings/gitleaks.toml",
  "--exit-code",
  String(LEAKS),
  "--redact=100",
  "--report-format",
  "json",
  "--report-path",
  "-",
  "--no-banner",
  "--no-color",
  "--log-level",
  "error",
  "--ignore-gitleaks-allow",
  "--gitleaks-ignore-path",
  "/nonexistent",
];

export function gitleaks(packageRoot: string): Adapter {
  const config = readFileSync(join(packageRoot, "config", "rules", "scanners", "gitleaks.toml"), "utf8");
  return {
    name: "gitleaks",
    versionArgs: ["version"],
    lay: (files) => files.map(neutral),
    probe: (token) => ({ as: "probe.txt", text: `${PROBE}-${token}\n`, rule: ruleOf("gitleaks", PROBE) }),
    // Behind a word and a space nothing is the value of a key at the file's end.
    frame: (token) => ({ first: NEUTRAL, last: `# ${PROBE}-${token}` }),
    args: ARGS,
    env: {},
    settings: [{ as: "gitleaks.toml", text: config }],
    foundCode: LEAKS,
    read: (json) =>
      answer("gitleaks", report, json).map(({ RuleID, File, StartLine, EndLine }) => ({
        rule: ruleOf("gitleaks", RuleID),
        as: File.replace(/^files\//, ""),
        line: StartLine,
        end: EndLine,
        message: `gitleaks finds a secret by its rule ${RuleID}`,
      })),
  };
}

/** Endings that rules of gitleaks ask for. */
const ASKED: ReadonlySet<string> = new Set(["php", "tf", "hcl", "yml", "yaml"]);

/**
 * Names of ours: gitleaks leaves out files by name (pictures, lock files, node_modules), and reads .gitleaksignore. The
 * patch chooses names, so it could choose what is not looked at.
 */
function neutral({ path, text }: Inspected, at: number): Laid {
  const [, ending = ""] = /\.([A-Za-z0-9]{1,10})$/.exec(path) ?? [];
  return { path, as: `${at}.${ASKED.has(ending.toLowerCase()) ? ending.toLowerCase() : "txt"}`, text };
}
