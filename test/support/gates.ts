// Policies in tests: conditions and gates as TOML, and evidence that a CI job signed about a proposal.
import {
  type EvidenceContext,
  contextSchema,
  evidenceStatement,
} from "../../src/core/attestation/evidence.ts";
import { canonical } from "../../src/core/base/canonical.ts";
import { sha256 } from "../../src/core/base/digest.ts";
import { instant } from "../../src/core/base/time.ts";
import type { Value } from "../../src/core/gate/value.ts";
import { ci, patchSubject, stranger } from "./evidence.ts";

/** A condition that is true at any hour, and one that is true at none. */
export const ALWAYS = timed("always", "after");
export const NEVER = timed("never", "before");

function timed(id: string, check: string): string {
  return condition(id, "time", { check, instant: "2000-01-01T00:00:00Z" }, true);
}

/** An entry of [[conditions]]; `more` holds further lines. */
export function condition(
  id: string,
  provider: string,
  query: Readonly<Record<string, string>>,
  expected: string | boolean | number,
  more = "",
): string {
  const words = Object.entries(query).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return `[[conditions]]
id = "${id}"
provider = "${provider}"
query = { ${words.join(", ")} }
comparator = "equals"
expected = ${JSON.stringify(expected)}
${more}
`;
}

/** A gate of the policy; `require` is TOML. */
export function gate(name: string, require: string, minLane = ""): string {
  return `[gates.${name}]\nrequire = ${require}\n${minLane === "" ? "" : `min_lane = "${minLane}"\n`}`;
}

/** The condition that tests passed, by the word of whoever is asked. */
export const CLAIMED = condition(
  "tests_passed",
  "caller",
  { check: "claim", name: "tests_passed" },
  true,
  'type = "boolean"',
);
export const SIGNED = condition(
  "ci_tests",
  "signed",
  { check: "statement", name: "ci.tests" },
  true,
  'type = "boolean"',
);

/** [[evidence.keys]]: the key of the CI job, and none of the stranger. */
export const CI_KEY = `[[evidence.keys]]
name = "ci"
key = "${Buffer.from(ci.key.publicKey).toString("base64")}"
checks = ["ci.tests"]
`;

const RESOURCE = "urn:countersign:repository:lab";

export function statementContext(
  patch: string,
  over: Partial<Record<keyof EvidenceContext, unknown>> = {},
): EvidenceContext {
  const now = Date.now();
  return contextSchema.parse({
    subject: [patchSubject(patch)],
    resourceUri: RESOURCE,
    check: "ci.tests",
    params: {},
    issued: instant(now - 1000),
    expires: instant(now + 3_600_000),
    nonce: sha256(canonical([patch, now])).slice(0, 32),
    ...over,
  });
}

/** An envelope that says of a patch that its tests passed. */
export function ciSays(
  patch: string,
  {
    value = true,
    over = {},
    by = ci,
  }: { value?: Value; over?: Parameters<typeof statementContext>[1]; by?: typeof ci } = {},
): string {
  return Buffer.from(by.envelope(evidenceStatement(statementContext(patch, over), value))).toString();
}

export { stranger };
