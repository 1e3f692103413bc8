// A desk whose policy asks CI for its word, at the verdict and at the landing, as the hardened preset does.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type EvidenceContext, evidenceStatement } from "../../src/core/attestation/evidence.ts";
import { landingBranch } from "../../src/core/base/ids.ts";
import { instant } from "../../src/core/base/time.ts";
import type { Value } from "../../src/core/gate/value.ts";
import { ci, context, patchSubject } from "./evidence.ts";
import { git } from "./scratch.ts";
import type { TestSigner } from "./signing.ts";
import { type Desk, openDesk, type Proposed } from "./verdicts.ts";

const FILES = { "src/a.txt": "one\ntwo\nthree\n", "src/b.txt": "alpha\nbeta\n" };
const spki = ci.pem.split("\n").slice(1, -2).join("");
const POLICY = `
[evidence]
keys = [{ name = "ci", key = "${spki}", checks = ["tests_passed"] }]
[[conditions]]
id = "ci"
provider = "signed"
query = { check = "statement", name = "tests_passed" }
type = "boolean"
comparator = "equals"
expected = true
min_lane = "verified"
[[conditions]]
id = "all_checks"
provider = "checks"
query = { check = "passed" }
comparator = "equals"
expected = true
[gates.verdict]
require = { all = ["all_checks", "ci"] }
[gates.landing]
require = { all = ["all_checks", "ci"] }
`;

/** evidence.folder of the preset, in the state folder; empty. */
export const envelopes = ({ places }: Desk): string => join(places.root, "evidence");

export function openCiDesk(): Desk {
  return openDesk(FILES, POLICY);
}

/** CI's envelope that says `value` about the patch, put into the folder. */
export function drop(
  desk: Desk,
  made: Proposed,
  over: Readonly<Record<string, unknown>> = {},
  value: Value = true,
  by: TestSigner = ci,
): void {
  const said: EvidenceContext = context({
    subject: [patchSubject(made.sha256)],
    resourceUri: "urn:countersign:repository:desk",
    check: "tests_passed",
    params: {},
    issued: instant(desk.now - 60_000),
    expires: instant(desk.now + 600_000),
    ...over,
  });
  writeFileSync(join(envelopes(desk), "ci.json"), by.envelope(evidenceStatement(said, value)));
}

/** A person's whole word. */
export const confirm = (made: Proposed): { confirm: string } => ({ confirm: made.sha256.slice(0, 32) });

export const landed = ({ repo }: Desk, made: Proposed): boolean =>
  git(repo, "for-each-ref").includes(landingBranch(made.id));
