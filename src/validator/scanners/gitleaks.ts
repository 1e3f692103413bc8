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
    lay: (files) => files.flatMap(neutral),
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

/** In characters: with its frame in less than the 100,000 bytes that gitleaks reads at a time. */
const PART = 30_000;
/** Longer than any secret, however it is encoded. */
const SHARED = 10_000;
/** A part begins and ends with a line where lines are no longer than that. */
const LINE = 2000;

/**
 * Names of ours: gitleaks leaves out files by name (pictures, lock files, node_modules), and reads .gitleaksignore. The
 * patch chooses names, so it could choose what is not looked at. Parts of ours, too: it cuts a file after 125,000 bytes, and
 * knows no secret that lies across the cut.
 */
function neutral({ path, text }: Inspected, at: number): readonly Laid[] {
  const [, ending = ""] = /\.([A-Za-z0-9]{1,10})$/.exec(path) ?? [];
  const known = ASKED.has(ending.toLowerCase()) ? ending.toLowerCase() : "txt";
  const laid: Laid[] = [];
  let [start, from] = [0, 0];
  for (;;) {
    const end = lineEnd(text, start + PART);
    const name = laid.length === 0 ? `${at}` : `${at}-${laid.length}`;
    laid.push({ path, as: `${name}.${known}`, text: text.slice(start, end), from });
    if (end >= text.length) return laid;
    const next = lineEnd(text, end - SHARED);
    from += text.slice(start, next).split("\n").length - 1;
    start = next;
  }
}

/** Behind the last line that ends before `at`, or there where that is far. */
function lineEnd(text: string, at: number): number {
  if (at >= text.length) return text.length;
  const end = text.lastIndexOf("\n", at - 1) + 1;
  return end > at - LINE ? end : at;
}
