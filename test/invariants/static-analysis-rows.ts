// The promises about static analysis (P17, P18), with their tests: data only.
import { core, type Row, row, validator } from "./row.ts";

export const staticAnalysisRows: Readonly<Record<string, Row>> = {
  P17: row(
    "Dangerous patterns in added code are found by rules of our own, each tried both ways.",
    validator(
      "scanners/ast-grep.rules",
      "P17: the dangerous patterns of the set are found to 95 % and more",
      "P17: $rule finds $text",
      "$rule leaves $text alone",
    ),
    validator("checks/static-analysis", "asks for a person by default", "is REJECTED where"),
  ),
  P18: row(
    "Modules that are not allowed, doors to what is internal, input that is not sanitised and versions known to be bad ask for a person.",
    validator("checks/static-analysis", "%s: manual"),
    core("analysis/imports", "%s is %s"),
    core("analysis/advisories", "in %s: %j is bad"),
  ),
};
