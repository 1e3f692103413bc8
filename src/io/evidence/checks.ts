// Provider checks: what the validator's own checks of this very proposal came to.
import type { Check } from "../../core/attestation/statement.ts";
import type { ConditionSpec } from "../../core/gate/condition.ts";
import type { Evidence } from "../../core/gate/evidence.ts";
import { type Value, valueOf } from "../../core/gate/value.ts";
import { anchorOf, answered, failed, textParam, unasked } from "./answers.ts";
import type { ChecksFacts, EvidenceProvider } from "./provider.ts";

/**
 * Checks as in core/gate/providers.ts. No check at all is an error and not "all passed". Errors: checks_unavailable
 * where a fact is missing, checks_unknown for a name that no check has or two have.
 */
export function checksProvider(facts: () => ChecksFacts): EvidenceProvider {
  return { ask: (spec) => answer(spec, facts()) };
}

function answer(spec: ConditionSpec, { checks, protectedPaths }: ChecksFacts): Evidence {
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
  if (spec.check !== "result" && spec.check !== "findings") return unasked(spec);
  return one(spec, checks);
}

function one(spec: ConditionSpec, checks: readonly Check[]): Evidence {
  const name = textParam(spec, "name");
  const [found, ...more] = checks.filter(({ id }) => id === name);
  if (found === undefined || more.length > 0)
    return failed(spec, "checks_unknown", `there is no check of the name ${JSON.stringify(name)}`);
  return told(spec, spec.check === "result" ? found.result : valueOf(found.findings.length), { name });
}

function told(spec: ConditionSpec, value: Value, named: { readonly name?: string } = {}): Evidence {
  return answered(spec, value, anchorOf("verdict_checks", { check: spec.check, ...named }));
}
