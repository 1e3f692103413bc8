// bandit: changed Python files, findings of medium severity and more; what the files say about bandit does not count.
import { z } from "zod";
import { languageOf } from "../../core/analysis/rules.ts";
import { type Adapter, answer, failed, ruleOf } from "./adapter.ts";

const PROBE = "probe.py";

/** Texts of issues are not read: that of B105 holds the password that it found. */
const report = z.object({
  errors: z.array(z.unknown()),
  results: z
    .array(
      z.object({
        filename: z.string().max(600),
        test_id: z.string().regex(/^B\d{3}$/),
        test_name: z.string().regex(/^[a-z][a-z0-9_]{0,70}$/),
        issue_severity: z.enum(["MEDIUM", "HIGH"]),
        line_number: z.int().min(1),
        line_range: z.array(z.int().min(1)).min(1).max(100_000),
      }),
    )
    .max(20_000),
  metrics: z.record(z.string(), z.unknown()),
});

export const bandit: Adapter = {
  name: "bandit",
  versionArgs: ["--version"],
  // Names of ours: no .bandit, no setup.cfg and no excluded folder of the patch reaches it.
  lay: (files) =>
    files
      // By name, or by first line whatever the name is.
      .filter(({ path, text }) => [path, ""].some((name) => languageOf(name, text) === "py"))
      .map(({ path, text }, at) => ({ path, as: `${at}.py`, text })),
  probe: () => ({ as: PROBE, text: "exec(input())\n", rule: ruleOf("bandit", "b102") }),
  args: [
    "--recursive",
    "files",
    "--format",
    "json",
    "--quiet",
    "--ignore-nosec",
    "--severity-level",
    "medium",
    "--confidence-level",
    "all",
    "--exclude",
    "",
  ],
  env: { PYTHONDONTWRITEBYTECODE: "1", PYTHONNOUSERSITE: "1" },
  settings: [],
  foundCode: 1,
  read: (json, laid) => {
    const { errors, results, metrics } = answer("bandit", report, json);
    if (errors.length > 0) throw failed("bandit", "it could not read every file");
    if (laid.some(({ as }) => !Object.hasOwn(metrics, `files/${as}`)))
      throw failed("bandit", "it did not look at every file");
    return results.map(({ filename, test_id, test_name, issue_severity, line_number, line_range }) => ({
      rule: ruleOf("bandit", test_id),
      as: filename.replace(/^files\//, ""),
      line: Math.min(line_number, ...line_range.slice(0, 1)),
      end: Math.max(line_number, ...line_range.slice(-1)),
      message: `bandit ${test_id} ${test_name}, severity ${issue_severity.toLowerCase()}`,
    }));
  },
};
