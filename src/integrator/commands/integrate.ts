// `countersign integrate ID`: verify everything again, then land the patch on a branch of its own.
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { resourceUri, type Verdict } from "../../core/attestation/statement.ts";
import { landedRef, type PatchId } from "../../core/base/ids.ts";
import { printable, refusal } from "../../core/base/refusal.ts";
import { instant } from "../../core/base/time.ts";
import { traceLines } from "../../core/gate/explain.ts";
import type { Landing } from "../../core/proposal/landing.ts";
import type { Order } from "../../core/proposal/order.ts";
import { askAuthority } from "../../io/evidence/authority.ts";
import { fetchProgram } from "../../io/evidence/fetch.ts";
import { openProviders } from "../../io/evidence/open.ts";
import { resolveRef, servedRef } from "../../io/exec/git.ts";
import { createPrivateGit } from "../../io/exec/private-git.ts";
import { loadSetup } from "../../io/file/config.ts";
import { rememberSealed } from "../audit/remember-sealed.ts";
import { carryIfReachable } from "../carry.ts";
import { journalKeys } from "../key-journal.ts";
import { configPath, type Context, openContext, trustedKeys, type Where } from "../context.ts";
import { type Attempt, integrate as attempt, type Request } from "../git/integrate.ts";
import { landedRecord } from "../git/landed.ts";
import { repairRecords } from "../git/repair.ts";
import { personIdentity } from "../git/repository.ts";
import { MIN_CONFIRM, MIN_TYPED, type Terms } from "../git/terms.ts";
import { type LandingLock, lockPatience, takeLandingLock } from "../landing-lock.ts";
import { knownIds, resolveId } from "../proposals/lookup.ts";
import { awaitSeal, sealTerms } from "../settle.ts";
import { diffText } from "../terminal/diff.ts";
import type { World } from "../world.ts";
import { argument, command, json, jsonOption, printJson, sameState, where, whereOptions } from "./command.ts";

export const integrate = command({
  usage: "integrate <id>",
  about: "verify a patch again and land it on a branch of its own; you merge",
  options: [
    ...whereOptions,
    {
      flags: "--confirm <prefix>",
      about: `you reviewed the patch whose sha256 begins so (${MIN_CONFIRM} characters or more); MANUAL_REQUIRED needs it`,
    },
    { flags: "--dry-run", about: "verify only; nothing is written to the repository" },
    jsonOption,
  ],
  schema: z.strictObject({
    ...where,
    ...json,
    confirm: z.string().max(100).optional(),
    dryRun: z.boolean().optional(),
  }),
  run: async (world, args, options) => {
    const context = await openContext(world, options);
    await repairRecords(context);
    const id = resolveId(argument(args, 0, "the patch id"), await knownIds(context));
    const done = await tryToLand(world, context, id, options);
    await context.exchange.landings.put(done.landing);
    await journalKeys(context.exchange.journal, context.layout.trust, { person: world.user });
    await carryIfReachable(world, context);
    await rememberSealed(world, context);
    if (options.json === true) printJson(world, { ...done.landing, trace: done.decision.trace });
    else report(world, done, sameState(options));
    return done.landing.result.kind === "refused" ? 1 : 0;
  },
});

interface Choice extends Where {
  readonly confirm?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

async function tryToLand(world: World, context: Context, id: PatchId, choice: Choice): Promise<Attempt> {
  const { git, open, exchange, layout } = context;
  const uuid = world.uuid();
  const scratch = await mkdtemp(join(world.tmp, "countersign-"));
  try {
    const request: Request = {
      terms: () => termsNow(world, context, id, choice),
      confirm: choice.confirm,
      dryRun: choice.dryRun === true,
      askPrefix: (order: Order, verdict: Verdict) => askPrefix(world, order, verdict),
      awaitSeal: () => awaitSeal(world, context, id, choice.config && configPath(world, layout, choice)),
      attempt: uuid,
      disclosureKey: world.random(32),
      person: world.user,
      committer: await personIdentity(git, context.repository, world.env),
    };
    const own = await createPrivateGit(git, open, join(scratch, "git"));
    const lockLandings = (): Promise<LandingLock> => takeLandingLock(layout, lockPatience(world, git));
    const tell = (said: string): void => world.terminal.err(`${printable(said)}\n`);
    return await attempt(request, { exchange, git, repository: open, own, lockLandings, tell });
  } catch (cause) {
    const landed = await landedAs(context, id, uuid);
    if (landed !== undefined)
      world.terminal.err("The patch has landed all the same; what broke came behind it.\n");
    await exchange.landings.put(landed ?? brokenRecord(world, id, uuid, choice.dryRun === true, cause));
    throw cause;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** What is accepted at this moment. Read anew each time: configuration, key and branch can change at an open prompt. */
async function termsNow(
  world: World,
  { git, open, layout, repository }: Context,
  id: PatchId,
  place: Where,
): Promise<Terms> {
  const setup = loadSetup(layout, world.root, configPath(world, layout, place), [], world.now(), repository);
  const { config } = setup;
  const { authority_url, name } = config.namespace;
  const program = fetchProgram(world.node, world.root);
  const [served, clock] = [repository, world.now];
  const from = { config, layout, served, place: "integrator", clock, env: world.env, program } as const;
  return {
    id,
    keys: trustedKeys(layout),
    seal: await sealTerms(world, layout, setup),
    resourceUri: resourceUri(config.repository.name, config.namespace.name),
    targetRef: await servedRef(git, open, config.repository.ref),
    policy: setup.policy,
    protect: setup.protect,
    now: world.now(),
    setup,
    clock,
    providers: (known, trust) => openProviders({ ...from, ...known, trust }),
    authority: () => askAuthority(authority_url, name, { timeoutMs: config.evidence.timeout_ms, program }),
  };
}

/** The landed ref decides, not what broke: a refusal under this attempt's name would be the log's last word on a patch that landed. */
async function landedAs({ git, open }: Context, id: PatchId, uuid: string): Promise<Landing | undefined> {
  try {
    const proof = await resolveRef(git, open, landedRef(id));
    const record = proof === undefined ? undefined : await landedRecord(git, open, id, proof);
    return record?.attempt === uuid ? record : undefined;
  } catch {
    // Where git itself broke nobody can tell; repair.ts finds the landing by its ref.
    return undefined;
  }
}

function brokenRecord(
  world: World,
  id: PatchId,
  attempted: string,
  dryRun: boolean,
  cause: unknown,
): Landing {
  const why = cause instanceof Error ? cause.message : String(cause);
  return {
    version: 1,
    attempt: attempted,
    patch_id: id,
    at: instant(world.now()),
    person: world.user,
    confirmed: false,
    dry_run: dryRun,
    patch_sha256: null,
    statement_sha256: null,
    result: { kind: "refused", refusal: refusal("internal", why.slice(0, 300)) },
  };
}

/**
 * Typing a part of the hash is slower than `y`, on purpose. Everything that the word will stand for is on the screen:
 * the diff, the findings, the whole id and the whole digest, from the very order that is held in memory.
 */
async function askPrefix(
  world: World,
  order: Order,
  { predicate, subject }: Verdict,
): Promise<string | undefined> {
  const { terminal } = world;
  if (!terminal.interactive) return undefined;
  const held = predicate.checks.filter((check) => check.result !== "PASSED");
  terminal.err(`${diffText(order.patch, terminal.paintErr)}\n`);
  terminal.err(`The validator asks for a person: ${held.map((check) => check.id).join(", ")}.\n`);
  for (const { refusal: found } of held.flatMap((check) => check.findings))
    terminal.err(`  ${found.code} ${printable(found.where)} ${printable(found.message)}\n`);
  terminal.err(
    `title   ${printable(order.title)}\npatch   ${order.patch_id}\nsha256  ${subject[0].digest.sha256}\n`,
  );
  const typed = await terminal.ask(
    `Type the first ${MIN_TYPED} characters of the patch's sha256 to land it: `,
  );
  return typed === "" ? undefined : typed;
}

function report(world: World, { landing }: Attempt, place: string): void {
  const { terminal } = world;
  const { result, decision } = landing;
  if (result.kind === "refused") {
    const { code, message, where, fix } = result.refusal;
    terminal.err(
      `${terminal.paintErr("red", "refused")} ${code}${where === "" ? "" : ` (${where})`}: ${message}\n${fix}\n`,
    );
    if (decision !== undefined && decision.state !== "true")
      for (const line of traceLines(decision)) terminal.err(`  ${printable(line)}\n`);
  } else if (result.kind === "passed") {
    terminal.out(`${terminal.paint("green", "passed")}: everything holds; nothing was written (--dry-run)\n`);
  } else {
    const branch = result.branch.replace("refs/heads/", "");
    terminal.out(`${terminal.paint("green", "landed")} ${result.commit} on ${branch}\n`);
    terminal.out(
      `look:   git show ${branch}\nmerge:  git merge ${branch}\nverify: countersign attest verify --repo . ${branch}${place}\n`,
    );
  }
}
