// The promises about scanners of others (G of the fourth issue), with their tests: data only.
import { io, process, type Row, row, validator } from "./row.ts";

export const scannerRows: Readonly<Record<string, Row>> = {
  G36: row(
    "Whole changed files are looked at by semgrep and bandit, and what they find on added lines is no approval.",
    validator("checks/scanner.real", "bandit: a shell", "semgrep: eval", "what the patch leaves alone"),
    validator("scanners/adapter.silence", "%s silences nothing of %s"),
    validator("checks/static-analysis", "asks for a person by default", "is REJECTED where"),
  ),
  G37: row(
    "Secret rules of our own always run; gitleaks is an extra: a secret that either finds on an added line is rejected.",
    validator("checks/secrets", "%s is rejected with rule, path, line and fingerprint"),
    validator("checks/scanner.real", "gitleaks: a key"),
    process("scanner-canary", "is on no disk: %s"),
    validator("scanners/adapter.silence", "gitleaks:allow", "the name of a lock file"),
  ),
  G38: row(
    "A scanner that is missing, crashes, hangs, floods, lies or prints rubbish is never an approval, and the verdict says why.",
    validator(
      "checks/scanner.stubs",
      "%s: no approval, and why",
      "missing: required is no approval, found is not asked",
      "no sandbox: required is no approval, found is not asked",
      "replaced while the validator runs: no approval",
      "found instead of required: a fault is no approval either",
    ),
    validator("checks/scanner.real", "a file that bandit cannot read is no approval"),
    io("exec/scanners", "one that everybody may write, or whose folder everybody may write"),
  ),
};
