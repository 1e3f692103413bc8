// semgrep: the changed files under rules that lie on this machine; no network, no silencing by what the files say.
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Language, languageOf } from "../../core/analysis/rules.ts";
import { type Adapter, answer, failed, type Laid, type Raw, ruleOf } from "./adapter.ts";
import type { Inspected } from "./finding.ts";
import type { SemgrepRules } from "./semgrep-rules.ts";

const PROBE = "countersign-probe";

/** It does not start where none of these is, although it speaks to nobody. */
const AUTHORITIES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/ca-bundle.pem",
];

const place = z.object({ line: z.int().min(1) });

/** Messages are not read: semgrep writes text of the file into them. Ours come from the rules themselves. */
const report = z.object({
  results: z
    .array(
      z.object({
        check_id: z.string().max(200),
        path: z.string().max(600),
        start: place,
        end: place,
        extra: z.object({ severity: z.string().max(40) }),
      }),
    )
    .max(20_000),
  errors: z.array(z.unknown()),
  paths: z.object({ scanned: z.array(z.string().max(600)).max(10_000) }),
  skipped_rules: z.array(z.unknown()).optional(),
});

/** The rest is for information: nobody has to look at it. */
const COUNTED: readonly string[] = ["WARNING", "ERROR", "MEDIUM", "HIGH", "CRITICAL"];

const ARGS: readonly string[] = [
  "scan",
  "files",
  "--config",
  "settings",
  "--json",
  "--quiet",
  "--error",
  "--metrics=off",
  "--disable-version-check",
  "--disable-nosem",
  "--no-git-ignore",
  "--no-autofix",
  "--oss-only",
  "--no-rewrite-rule-ids",
  "--jobs",
  "1",
  "--timeout",
  "60",
  "--timeout-threshold",
  "0",
  "--max-target-bytes",
  "0",
];

export function semgrep(rules: SemgrepRules, packageRoot: string): Adapter {
  const probeRule = readFileSync(
    join(packageRoot, "config", "rules", "scanners", "semgrep-probe.yml"),
    "utf8",
  );
  return {
    name: "semgrep",
    versionArgs: ["--version"],
    settings: [...rules.files, { as: "probe.yml", text: probeRule }],
    reads: AUTHORITIES.filter((file) => existsSync(file)).flatMap((file) => [file, realpathSync(file)]),
    // Their own names, for rules with `paths`; an empty file of ours keeps semgrep from leaving out tests and the like.
    lay: (files) => {
      const named = files.filter(({ path }) => !/(?:^|\/)\.semgrepignore$/i.test(path));
      return [...named.map(({ path, text }) => ({ path, as: path, text })), ...copies(named)];
    },
    extra: [{ as: ".semgrepignore", text: "# nothing\n" }],
    probe: (token) => ({
      as: `countersign-${token}.py`,
      text: "countersign_probe()\n",
      rule: ruleOf("semgrep", PROBE),
    }),
    args: ARGS,
    env: {
      PYTHONDONTWRITEBYTECODE: "1",
      PYTHONNOUSERSITE: "1",
      SEMGREP_SEND_METRICS: "off",
      SEMGREP_ENABLE_VERSION_CHECK: "0",
    },
    judgedBy: rules.digest,
    foundCode: 1,
    read: (json, laid) => rawFindings(rules, json, laid),
  };
}

/** As semgrep knows them. */
const ENDINGS: Partial<Record<Language, string>> = { js: "js", py: "py", sh: "sh", rb: "rb", php: "php" };

/**
 * Threat: `A.PY`, `a.pyw`, a script without an ending: semgrep goes by endings in small letters, and looks at no first line.
 * Such files are laid a second time, in a folder that the patch does not have, under an ending that it knows.
 */
function copies(files: readonly Inspected[]): readonly Laid[] {
  let folder = "countersign-copies";
  while (files.some(({ path }) => path.startsWith(folder))) folder += "-";
  return files.flatMap(({ path, text }, at) =>
    endingsOf(path, text).map((ending) => ({ path, as: `${folder}/${at}.${ending}`, text })),
  );
}

function endingsOf(path: string, text: string): readonly string[] {
  const [, ending = ""] = /\.([A-Za-z0-9]{1,10})$/.exec(path) ?? [];
  const small = OTHERS[ending.toLowerCase()] ?? ending.toLowerCase();
  const script = languageOf("", text);
  const typed = /^#![^\n]{0,300}\b(?:deno|bun|tsx|ts-node)\b/.test(text);
  const said = script === undefined ? undefined : typed ? "ts" : ENDINGS[script];
  const wanted = new Set([small, said ?? small]);
  return [...wanted].filter((one) => one !== "" && one !== ending);
}

/** Endings of a language that it does not look at. */
const OTHERS: Readonly<Record<string, string>> = { pyw: "py", mts: "ts", cts: "ts" };

function rawFindings(rules: SemgrepRules, json: unknown, laid: readonly Laid[]): readonly Raw[] {
  const { results, errors, paths, skipped_rules: skipped = [] } = answer("semgrep", report, json);
  if (errors.length > 0) throw failed("semgrep", "it could not read every file, or apply every rule");
  if (skipped.length > 0) throw failed("semgrep", "it left out rules");
  const seen = new Set(paths.scanned.map(within));
  const asked = laid.filter(({ as }) => rules.endings.has(/\.([a-z]+)$/.exec(as)?.[1] ?? ""));
  if (asked.some(({ as }) => !seen.has(as))) throw failed("semgrep", "it did not look at every file");
  return results
    .filter(({ extra }) => COUNTED.includes(extra.severity))
    .flatMap(({ check_id: id, path, start, end }) => {
      const as = within(path);
      const message = id === PROBE ? "the planted call" : rules.messages.get(id);
      if (message === undefined) throw failed("semgrep", "it tells of a rule that it was not given");
      // A call of that name in the patch is nobody's concern.
      if (id === PROBE && laid.some((file) => file.as === as)) return [];
      const said = message.includes("$") ? "" : message.trim().slice(0, 300);
      return [
        {
          rule: ruleOf("semgrep", id),
          as,
          line: start.line,
          end: end.line,
          message: `semgrep ${id}: ${said}`,
        },
      ];
    });
}

function within(path: string): string {
  return path.replace(/^files\//, "");
}
