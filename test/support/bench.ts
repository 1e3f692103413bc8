// A validator's bench over a real repository in a temporary folder, and orders as a gateway would put them before it.
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { keyRoles } from "../../src/core/attestation/key-record.ts";
import { verifyEnvelope } from "../../src/core/attestation/verify.ts";
import { parseVerdict, type Verdict } from "../../src/core/attestation/statement.ts";
import { sha256 } from "../../src/core/base/digest.ts";
import type { PatchId } from "../../src/core/base/ids.ts";
import { instant } from "../../src/core/base/time.ts";
import { disclosureOf } from "../../src/core/gate/disclosure.ts";
import type { OpenManifest } from "../../src/core/manifest/manifest.ts";
import type { Order } from "../../src/core/proposal/order.ts";
import type { GatewayExchange } from "../../src/io/exchange/exchange.ts";
import { gatewayExchange, validatorExchange } from "../../src/io/exchange/files/open.ts";
import { fetchProgram } from "../../src/io/evidence/fetch.ts";
import { classifierOf } from "../../src/io/guard/open.ts";
import { findGit, openRepository } from "../../src/io/exec/git.ts";
import { closeInherited } from "../../src/io/file/inherited.ts";
import { loadSetup, packageRoot } from "../../src/io/file/config.ts";
import { layout } from "../../src/io/file/layout.ts";
import { openLog } from "../../src/io/log/log.ts";
import type { Bench } from "../../src/validator/bench.ts";
import { publish } from "../../src/validator/publish/publish.ts";
import { look } from "../../src/validator/publish/watch.ts";
import { authorityOf, providersOf } from "../../src/validator/gate/asking.ts";
import { inspectorProgram, openInspector } from "../../src/validator/scanners/inspector.ts";
import { openSandbox } from "../../src/validator/sandbox/open.ts";
import { openScanners } from "../../src/validator/scanners/open.ts";
import { scannerStates } from "../../src/io/exec/scanners.ts";
import { Shelf } from "../../src/validator/shelf.ts";
import { openDisclosureKey } from "../../src/validator/signing/disclosure-key.ts";
import { readKey } from "../../src/validator/signing/key-file.ts";
import { newKey } from "../../src/validator/signing/keygen.ts";
import { openSigner } from "../../src/validator/signing/signer.ts";
import { NOON, order, patchId } from "./proposals.ts";
import { scratch } from "./scratch.ts";

/** One for all benches of a test file; it ends with the process that started it. */
const inspector = openInspector(inspectorProgram(process.execPath, packageRoot()));

export interface TestBench {
  readonly bench: Bench;
  readonly gateway: GatewayExchange;
  readonly state: string;
  /** The time that the bench sees, in milliseconds since 1970. */
  readonly clock: { now: number };
  /** Lines that were logged. */
  readonly logged: string[];
}

/** `toml` is laid over the quickstart preset; `state` opens a folder that another bench has used before. */
export async function openBench(
  repo: string,
  toml = "",
  state = scratch("bench"),
  env: Readonly<Record<string, string>> = {},
): Promise<TestBench> {
  const places = layout(state);
  mkdirSync(places.validator, { recursive: true });
  // As `init` makes it, for signed statements.
  mkdirSync(join(places.root, "evidence"), { recursive: true });
  writeFileSync(places.config, `preset = "quickstart"\n${toml}`);
  const git = await findGit(process.env["PATH"] ?? "", 30_000);
  const keyFile = join(places.keys, "attestation.key.pem");
  for (const role of keyRoles) {
    try {
      newKey({ keys: places.keys, trust: places.trust, repositories: [repo] }, role);
    } catch {
      // A second bench over the same state has the key already.
    }
  }
  const clock = { now: NOON };
  const logged: string[] = [];
  const stream = new Writable({
    write(line: Buffer, _encoding, done) {
      logged.push(line.toString());
      done();
    },
  });
  // Written a minute ago by the clock of the bench, by which dev.permissive ends.
  utimesSync(places.config, NOON / 1000 - 60, NOON / 1000 - 60);
  const setup = loadSetup(places, packageRoot(), undefined, [], NOON);
  const around = {
    setup,
    layout: places,
    served: { path: repo, gitDir: join(repo, ".git") },
    clock: () => clock.now,
    env: { ...env },
    program: fetchProgram(process.execPath, packageRoot()),
  };
  const sandbox = await testSandbox(setup.config.sandbox);
  const log = openLog("debug", stream);
  const bench: Bench = {
    exchange: await validatorExchange(places.exchange),
    setup,
    git,
    repository: await openRepository(git, repo),
    signer: openSigner(readKey(keyFile, [repo])),
    shelf: new Shelf(),
    sandbox,
    scanners: openScanners({
      config: setup.config.scanners,
      // The bench's own PATH: no test runs by accident the scanners of whoever runs it.
      states: scannerStates(env["PATH"] ?? "", [repo, places.root]),
      hasSandbox: sandbox !== undefined,
      state: places.root,
      packageRoot: packageRoot(),
      log,
    }),
    scratch: places.validator,
    clock: () => clock.now,
    versions: { countersign: "0.0.0-test", node: process.versions.node, git: git.version },
    log,
    providers: providersOf(around),
    authority: authorityOf(around),
    classifier: classifierOf(around),
    disclosure: disclosureOf(setup.config.evidence, openDisclosureKey(places.keys, [repo])),
    inspector,
    sealed: () => undefined,
  };
  return { bench, gateway: await gatewayExchange(places.exchange), state, clock, logged };
}

const sandboxes = new Map<string, ReturnType<typeof openSandbox>>();

/** Opened once for each configuration: hundreds of benches need none of it. */
function testSandbox(config: Bench["setup"]["config"]["sandbox"]): ReturnType<typeof openSandbox> {
  // As a validator does; programs that are no test files have no setup.
  closeInherited();
  const key = JSON.stringify(config);
  const opened =
    sandboxes.get(key) ??
    openSandbox({
      config,
      path: process.env["PATH"] ?? "",
      packageRoot: packageRoot(),
      apart: [],
      clock: Date.now,
    });
  sandboxes.set(key, opened);
  return opened;
}

export async function publishNow({ bench }: TestBench): Promise<OpenManifest> {
  return (await publish(bench, await look(bench))).published;
}

let counter = 0;

/** Puts an order for `patch` against `base` into the exchange. */
export async function putOrder(
  on: TestBench,
  base: OpenManifest,
  patch: string,
  changes: Partial<Order> = {},
): Promise<PatchId> {
  counter += 1;
  const put = order(counter, {
    base: base.digest,
    patch,
    patch_sha256: sha256(patch),
    expires: instant(NOON + 3_600_000),
    ...changes,
  });
  await on.gateway.orders.put(put);
  return patchId(counter);
}

/** The verdict on `id`, verified with the bench's own key. Throws when there is none or it does not verify. */
export async function verdictOn({ bench }: TestBench, id: PatchId): Promise<Verdict> {
  const found = await bench.exchange.verdicts.read(id);
  if (found.kind !== "found") throw new Error(`the verdict on ${id} is ${found.kind}`);
  const verified = verifyEnvelope(found.bytes, [bench.signer.key]);
  const verdict = verified.ok ? parseVerdict(verified.value.payload) : verified;
  if (!verdict.ok) throw new Error(verdict.refusal.message);
  return verdict.value;
}

/** `check: code` of every finding, in the order of the checks' names. */
export function findingsOf(verdict: Verdict): readonly string[] {
  return verdict.predicate.checks.flatMap((check) =>
    check.findings.map(({ refusal }) => `${check.id}: ${refusal.code}`),
  );
}

export function resultsOf(verdict: Verdict): Readonly<Record<string, string>> {
  return Object.fromEntries(verdict.predicate.checks.map(({ id, result }) => [id, result]));
}

/** `resultsOf` an approval. */
export const ALL_PASSED: Readonly<Record<string, string>> = {
  dependencies: "PASSED",
  dispatch: "PASSED",
  gate: "PASSED",
  guard: "PASSED",
  "hidden-text": "PASSED",
  limits: "PASSED",
  masking: "PASSED",
  namespace: "PASSED",
  order: "PASSED",
  paths: "PASSED",
  secrets: "PASSED",
  "static-analysis": "PASSED",
  structure: "PASSED",
  tree: "PASSED",
  words: "PASSED",
};
