// The real landing over a desk whose evidence, authority, terms and git take their time: what happens meanwhile is the test's.
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { resourceUri } from "../../src/core/attestation/statement.ts";
import type { RefName } from "../../src/core/base/ids.ts";
import { type Attempt, integrate } from "../../src/integrator/git/integrate.ts";
import type { Terms } from "../../src/integrator/git/terms.ts";
import { trustedKeys } from "../../src/integrator/context.ts";
import { takeLandingLock } from "../../src/integrator/landing-lock.ts";
import { sealTerms } from "../../src/integrator/settle.ts";
import { openProviders } from "../../src/io/evidence/open.ts";
import type { EvidenceProvider } from "../../src/io/evidence/provider.ts";
import { findGit, type Git, openRepository } from "../../src/io/exec/git.ts";
import { createPrivateGit } from "../../src/io/exec/private-git.ts";
import { integratorExchange } from "../../src/io/exchange/files/open.ts";
import type { Desk, Proposed } from "./verdicts.ts";
import { testWorld } from "./world.ts";

export interface At {
  readonly desk: Desk;
  readonly now: () => number;
  /** What of the terms is another than the desk's, from now on. */
  readonly changed: () => Partial<Terms>;
}

export type Happening = (made: Proposed) => unknown;

export interface Scene {
  /** While the landing gate's evidence is asked for, before it is answered. */
  readonly evidence?: Happening;
  /** While the authority of namespaces is asked. */
  readonly authority?: Happening;
  /** While the terms are read, for the first time, behind the evidence, and with the refs held. */
  readonly terms?: (time: number, made: Proposed) => unknown;
  /** Another git than the one on the PATH. */
  readonly program?: string;
}

/** The real landing over the desk; providers and authority answer as they do, after what happens meanwhile. */
export async function landOn(at: At, made: Proposed, scene: Scene): Promise<Attempt> {
  const { desk } = at;
  const found = await findGit(process.env["PATH"] ?? "", 30_000);
  const tool: Git = scene.program === undefined ? found : { ...found, file: scene.program };
  const repository = await openRepository(found, desk.repo);
  const exchange = await integratorExchange(desk.places.exchange);
  const own = await createPrivateGit(found, repository, join(desk.places.root, `own-${randomUUID()}`));
  let times = 0;
  const request = {
    terms: async () => {
      await scene.terms?.((times += 1), made);
      return termsOf(at, made, scene);
    },
    confirm: undefined,
    dryRun: false,
    askPrefix: () => Promise.resolve(undefined),
    awaitSeal: () => Promise.resolve(),
    attempt: made.id,
    person: "tester",
    committer: { name: "Tester", email: "tester@example.invalid" },
    disclosureKey: new Uint8Array(32),
  };
  const lockLandings = () => takeLandingLock(desk.places, { millis: 10_000, waiting: () => undefined });
  const tools = { exchange, git: tool, repository, own: { ...own, git: tool }, lockLandings };
  return integrate(request, { ...tools, tell: () => undefined });
}

async function termsOf(at: At, made: Proposed, { evidence, authority }: Scene): Promise<Terms> {
  const { desk } = at;
  const { setup, places } = desk;
  const namespace = {
    ...setup.config.namespace,
    authority_url: authority === undefined ? "" : "https://names.example",
  };
  const config = { ...setup.config, namespace };
  const served = { path: desk.repo, gitDir: join(desk.repo, ".git") };
  const from = { config, layout: places, served, place: "integrator", clock: at.now, env: {} } as const;
  const program = { file: process.execPath, args: [], cwd: "/", env: {} };
  return {
    id: made.id,
    keys: trustedKeys(places),
    seal: await sealTerms(testWorld({ cwd: desk.repo }), places, setup),
    resourceUri: resourceUri(config.repository.name, config.namespace.name),
    targetRef: "refs/heads/main" as RefName,
    policy: setup.policy,
    protect: setup.protect,
    now: at.now(),
    clock: at.now,
    setup: { ...setup, config },
    providers: (known, trust) => {
      const all = openProviders({ ...from, ...known, trust, program });
      const { signed } = all;
      if (signed === undefined) throw new Error("the desk asks CI");
      const slow: EvidenceProvider = {
        ask: async (spec, signal) => {
          await evidence?.(made);
          return signed.ask(spec, signal);
        },
      };
      return { ...all, signed: slow };
    },
    authority: async () => {
      await authority?.(made);
      return "vouched";
    },
    ...at.changed(),
  };
}
