// The verdict gate in tests: benches under a policy, a CI with a key, and what a verdict says of its gate.
import { join } from "node:path";
import { resourceUri, type Verdict } from "../../src/core/attestation/statement.ts";
import { toBase64 } from "../../src/core/base/bytes.ts";
import { sha256 } from "../../src/core/base/digest.ts";
import type { PatchId } from "../../src/core/base/ids.ts";
import { instant } from "../../src/core/base/time.ts";
import { recordFault } from "../../src/core/gate/record.ts";
import { valueOf } from "../../src/core/gate/value.ts";
import type { OpenManifest } from "../../src/core/manifest/manifest.ts";
import type { Order } from "../../src/core/proposal/order.ts";
import type { Bench } from "../../src/validator/bench.ts";
import { judge } from "../../src/validator/round.ts";
import { signEvidence } from "../../src/validator/signing/evidence.ts";
import { readKey } from "../../src/validator/signing/key-file.ts";
import { newKey } from "../../src/validator/signing/keygen.ts";
import { findingsOf, openBench, publishNow, putOrder, type TestBench, verdictOn } from "./bench.ts";
import { NOON } from "./proposals.ts";
import { removeScratch, scratch, scratchRepository } from "./scratch.ts";

/** Changes `src/a.ts` of the repository of `openGateLab`. */
export const GOOD =
  "diff --git a/src/a.ts b/src/a.ts\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n";
export const created = (path: string): string =>
  `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+x\n`;

/** One entry of [[conditions]]; `query` and `rest` as TOML. */
export const condition = (id: string, provider: string, query: string, rest: string): string =>
  `[[conditions]]\nid = "${id}"\nprovider = "${provider}"\nquery = ${query}\n${rest}\n`;
export const verdictGate = (tree: string): string => `[gates.verdict]\nrequire = ${tree}\n`;
const TRUE = 'type = "boolean"\ncomparator = "equals"\nexpected = true';
/** The agent's claim, and the signed fact, that the tests passed. */
export const CLAIMED = condition("claimed", "caller", '{ check = "claim", name = "tests_passed" }', TRUE);
export const SIGNED = condition("signed", "signed", '{ check = "statement", name = "tests_passed" }', TRUE);

export interface Said {
  readonly patch?: string;
  readonly check?: string;
  readonly value?: boolean;
  readonly expires?: number;
  readonly form?: "dsse" | "result";
}

export interface Ci {
  readonly keyid: string;
  /** The pinned key, as TOML. */
  readonly pin: string;
  /** A signed statement as text; of the patch GOOD, that the tests passed, unless it is said otherwise. */
  readonly envelope: (said?: Said) => string;
  remove(): void;
}

export function openCi(): Ci {
  const folder = scratch("ci");
  const made = newKey({ keys: join(folder, "keys"), trust: join(folder, "trust"), repositories: [] });
  const key = readKey(made.privateFile, []);
  return {
    keyid: made.keyid,
    pin: `[[evidence.keys]]\nname = "ci"\nkey = "${toBase64(key.publicKey)}"\nchecks = ["tests_passed"]\n`,
    envelope: (said = {}) => {
      const {
        patch = GOOD,
        check = "tests_passed",
        value = true,
        expires = NOON + 60_000,
        form = "dsse",
      } = said;
      const context = {
        resourceUri: resourceUri("repository", "default"),
        subject: [{ name: "patch" as const, digest: { sha256: sha256(patch) } }] as [never],
        check,
        params: {},
        issued: instant(NOON - 1000),
        expires: instant(expires),
        nonce: "0123456789abcdef".repeat(2),
      };
      return Buffer.from(signEvidence(context, valueOf(value), form, key)).toString("utf8");
    },
    remove: () => removeScratch(folder),
  };
}

export interface Scene {
  readonly on: TestBench;
  readonly base: OpenManifest;
}

export interface GateLab {
  /** A bench whose quickstart is overlaid with `toml`, and its first publication. */
  readonly scene: (toml: string, env?: Readonly<Record<string, string>>) => Promise<Scene>;
  remove(): void;
}

export function openGateLab(): GateLab {
  const repo = scratchRepository("gate-lab", { "src/a.ts": "one\ntwo\nthree\n", "src/b.ts": "b\n" });
  const states: string[] = [];
  return {
    scene: async (toml, env = {}) => {
      const on = await openBench(repo, toml, undefined, env);
      states.push(on.state);
      return { on, base: await publishNow(on) };
    },
    remove: () => {
      for (const folder of [repo, ...states]) removeScratch(folder);
    },
  };
}

export interface Seen {
  readonly outcome: string;
  /** `check: code` of every finding. */
  readonly findings: readonly string[];
  /** `id state lane reason detail` of every condition; what is null is left out. */
  readonly trace: readonly string[];
  readonly verdict: Verdict;
}

/** Puts an order and judges it for good. */
export async function judged(
  { on, base }: Scene,
  patch: string = GOOD,
  changes: Partial<Order> = {},
  bench: Bench = on.bench,
): Promise<Seen> {
  const id = await putOrder(on, base, patch, changes);
  const done = await judge(bench, base, id, true);
  if (done.kind !== "signed") throw new Error(`the order is ${done.kind}`);
  return seen(on, id);
}

/** What the verdict on `id` says of its gate. Throws when its record cannot be followed. */
export async function seen(on: TestBench, id: PatchId): Promise<Seen> {
  const verdict = await verdictOn(on, id);
  const { decision, outcome } = verdict.predicate;
  const fault = decision === undefined ? "the verdict has no decision" : recordFault(decision);
  if (decision === undefined || fault !== undefined) throw new Error(fault);
  const trace = decision.conditions.map(({ id: name, state, lane, reason, detail }) =>
    [name, state, lane, reason, detail].filter((word) => word !== null).join(" "),
  );
  return { outcome, findings: findingsOf(verdict), trace, verdict };
}
