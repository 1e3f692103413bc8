// Provider checks: what the validator's own checks of this very proposal came to.
import type { Check } from "../../core/attestation/statement.ts";
import type { ConditionSpec } from "../../core/gate/condition.ts";
import type { Evidence } from "../../core/gate/evidence.ts";
import { type Value, valueOf } from "../../core/gate/value.ts";
import { anchorOf, answered, failed, textParam, unasked } from "./answers.ts";
import type { ChecksFacts, EvidenceProvider } from "./provider.ts";

/**
 * Checks as in core/gate/providers.ts. No check at all is an error and not "all passed". Errors: checks_unavailable
 * where a fact is missing, checks_unknown for a name that no check has or two have; for `findings` also checks_not_run of
 * a check that was skipped or broke, and checks_too_many where a check has as many as are kept: there may have been more. `exit` and `coverage` are of commands.
 */
export function checksProvider(facts: () => ChecksFacts): EvidenceProvider {
  return { ask: (spec) => answer(spec, facts()) };
}

function answer(spec: ConditionSpec, { checks, commands, protectedPaths }: ChecksFacts): Evidence {
  if (spec.check === "protected") {
    if (protectedPaths === undefined)
      return failed(spec, "checks_unavailable", "whether a protected path changes is not known");
    return told(spec, protectedPaths);
  }
  if (checks.length === 0) return failed(spec, "checks_unavailable", "no check has run");
  if (spec.check === "passed")
    return told(
      spec,
      checks.every(({ result }) => result === "PASSED"),
    );
  if (spec.check === "unpassed")
    return told(
      spec,
      checks.filter(({ result }) => result !== "PASSED").map(({ id }) => id),
    );
  if (spec.check === "exit" || spec.check === "coverage") return figure(spec, spec.check, commands);
  if (spec.check !== "result" && spec.check !== "findings") return unasked(spec);
  return one(spec, checks);
}

/** Most findings that the validator keeps of one check (validator/checks/check.ts). */
const KEPT_FINDINGS = 50;
/** Results of a check that did not look at everything: no findings of it say nothing. */
const NOT_RUN: ReadonlySet<Check["result"]> = new Set(["SKIPPED", "ERROR"]);

function one(spec: ConditionSpec, checks: readonly Check[]): Evidence {
  const name = textParam(spec, "name");
  const [found, ...more] = checks.filter(({ id }) => id === name);
  if (found === undefined || more.length > 0)
    return failed(spec, "checks_unknown", `there is no check of the name ${JSON.stringify(name)}`);
  if (spec.check === "result") return told(spec, found.result, { name });
  if (NOT_RUN.has(found.result)) return failed(spec, "checks_not_run", "that check did not run to its end");
  const { length } = found.findings;
  if (length >= KEPT_FINDINGS)
    return failed(spec, "checks_too_many", `of ${KEPT_FINDINGS} findings or more, nobody counted how many`);
  return told(spec, valueOf(length), { name });
}

/** Of a command that did not run, or did not say it, there is no figure: an error, and no condition holds. */
function figure(spec: ConditionSpec, what: "exit" | "coverage", commands: ChecksFacts["commands"]): Evidence {
  const name = textParam(spec, "name");
  const ran = commands?.get(name);
  if (ran === undefined)
    return failed(spec, "checks_not_run", `no command of the check ${JSON.stringify(name)} has run here`);
  const value = ran[what];
  if (value === undefined) return failed(spec, "checks_unavailable", `${name} came to no ${what}`);
  return told(spec, valueOf(value), { name });
}

function told(spec: ConditionSpec, value: Value, named: { readonly name?: string } = {}): Evidence {
  return answered(spec, value, anchorOf("verdict_checks", { check: spec.check, ...named }));
}
