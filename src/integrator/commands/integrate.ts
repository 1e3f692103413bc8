// `countersign integrate ID`: verify everything again, then land the patch on a branch of its own.
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { resourceUri, type Verdict } from "../../core/attestation/statement.ts";
import type { PatchId } from "../../core/base/ids.ts";
import { printable, refusal } from "../../core/base/refusal.ts";
import { instant } from "../../core/base/time.ts";
import type { Landing } from "../../core/proposal/landing.ts";
import type { Order } from "../../core/proposal/order.ts";
import { servedRef } from "../../io/exec/git.ts";
import { createPrivateGit } from "../../io/exec/private-git.ts";
import { carryIfReachable } from "../carry.ts";
import { type Context, openContext } from "../context.ts";
import type { Request } from "../git/establish.ts";
import { type Attempt, integrate as attempt } from "../git/integrate.ts";
import { landedRefs } from "../git/landed.ts";
import { repairRecords } from "../git/repair.ts";
import { personIdentity } from "../git/repository.ts";
import { resolveId } from "../proposals/lookup.ts";
import type { World } from "../world.ts";
import { argument, command, json, jsonOption, printJson, sameState, where, whereOptions } from "./command.ts";

export const integrate = command({
  usage: "integrate <id>",
  about: "verify a patch again and land it on a branch of its own; you merge",
  options: [
    ...whereOptions,
    {
      flags: "--confirm <prefix>",
      about: "you reviewed the patch whose sha256 begins so (8 characters or more); MANUAL_REQUIRED needs it",
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
    await repairRecords(context.git, context.open, context.exchange);
    const landed = await landedRefs(context.git, context.open);
    const id = resolveId(argument(args, 0, "the patch id"), [
      ...(await context.exchange.orders.list()),
      ...landed.keys(),
    ]);
    const done = await tryToLand(world, context, id, options);
    await context.exchange.landings.put(done.landing);
    await carryIfReachable(world, context);
    if (options.json === true) printJson(world, { ...done.landing, trace: done.decision.trace });
    else report(world, done, sameState(options));
    return done.landing.result.kind === "refused" ? 1 : 0;
  },
});

interface Choice {
  readonly confirm?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

async function tryToLand(world: World, context: Context, id: PatchId, choice: Choice): Promise<Attempt> {
  const { git, open, setup, keys, exchange } = context;
  const scratch = await mkdtemp(join(world.tmp, "countersign-"));
  try {
    const own = await createPrivateGit(git, open, join(scratch, "git"));
    const request: Request = {
      terms: {
        id,
        keys,
        resourceUri: resourceUri(setup.config.repository.name),
        targetRef: await servedRef(git, open, setup.config.repository.ref),
        policy: setup.policy,
        protect: setup.protect,
        now: world.now(),
      },
      confirm: choice.confirm,
      dryRun: choice.dryRun === true,
      askPrefix: (order: Order, verdict: Verdict) => askPrefix(world, order, verdict),
      attempt: world.uuid(),
      person: world.user,
      committer: await personIdentity(git, context.repository, world.env),
    };
    return await attempt(request, { exchange, git, repository: open, own }).catch(async (cause: unknown) => {
      // What broke is on record as well; a landing that was made all the same is found by its ref (repair.ts).
      await exchange.landings.put(brokenRecord(request, cause));
      throw cause;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function brokenRecord({ terms, attempt, person, dryRun }: Request, cause: unknown): Landing {
  const why = cause instanceof Error ? cause.message : String(cause);
  return {
    version: 1,
    attempt,
    patch_id: terms.id,
    at: instant(terms.now),
    person,
    confirmed: false,
    dry_run: dryRun,
    patch_sha256: null,
    statement_sha256: null,
    result: { kind: "refused", refusal: refusal("internal", why.slice(0, 300)) },
  };
}

/** Typing a part of the hash is slower than `y`, on purpose: it must come from the patch that was looked at. */
function askPrefix(world: World, order: Order, { predicate }: Verdict): Promise<string | undefined> {
  const { terminal } = world;
  if (!terminal.interactive) return Promise.resolve(undefined);
  const held = predicate.checks.filter((check) => check.result !== "PASSED");
  terminal.err(
    `${printable(order.title)}\nThe validator asks for a person: ${held.map((check) => check.id).join(", ")}.\n`,
  );
  for (const { refusal } of held.flatMap((check) => check.findings))
    terminal.err(`  ${refusal.code} ${refusal.where} ${refusal.message}\n`);
  terminal.err(`countersign show ${order.patch_id.slice(0, 8)} shows the diff and its sha256.\n`);
  return terminal
    .ask("Type the first 8 characters of the patch's sha256 to land it: ")
    .then((typed) => (typed === "" ? undefined : typed));
}

function report(world: World, { landing }: Attempt, place: string): void {
  const { terminal } = world;
  const { result } = landing;
  if (result.kind === "refused") {
    const { code, message, where, fix } = result.refusal;
    terminal.err(
      `${terminal.paintErr("red", "refused")} ${code}${where === "" ? "" : ` (${where})`}: ${message}\n${fix}\n`,
    );
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
