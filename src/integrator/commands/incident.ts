// `countersign incident open` and `close`: a person stops proposals and landings, or every call, and starts them again.
import { z } from "zod";
import {
  freezes,
  type Incident,
  type IncidentId,
  incidentClosureSchema,
  incidentSchema,
} from "../../core/audit/incident.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { type PatchId, patchIdSchema } from "../../core/base/ids.ts";
import { instant } from "../../core/base/time.ts";
import { carryIfReachable } from "../carry.ts";
import { type IncidentDesk, openIncidentDesk, putIncident, resolveIncident } from "../incident-desk.ts";
import { type LockPatience, lockPatience, takeLandingLock } from "../landing-lock.ts";
import { resolveId } from "../proposals/lookup.ts";
import type { World } from "../world.ts";
import { command, json, jsonOption, placeFields, placeOptions, printJson, sameState } from "./command.ts";

const reason = z.string().max(900);
const reasonOption = {
  flags: "--reason <text>",
  about: "why; it goes into the audit log, agents are not told",
};

export const incidentOpen = command({
  usage: "incident open",
  about: "stop landings and proposals at once, in every process, until incident close",
  options: [
    ...placeOptions,
    reasonOption,
    { flags: "--patch <id>", about: "the patch that it is about" },
    {
      flags: "--everything",
      about: "stop every call of every agent, too, and make no tokens of refresh tokens",
    },
    jsonOption,
  ],
  schema: z.strictObject({
    ...placeFields,
    ...json,
    reason: reason.optional(),
    patch: z.string().max(200).optional(),
    everything: z.boolean().optional(),
  }),
  run: async (world, _args, options) => {
    const desk = await openIncidentDesk(world, options);
    const patch = options.patch === undefined ? null : resolveId(options.patch, await patchIds(desk));
    const incident = checked(incidentSchema, {
      version: 1,
      incident_id: world.uuid(),
      opened: instant(world.now()),
      person: world.user,
      reason: asked(options.reason),
      freezes: freezes[options.everything === true ? 1 : 0],
      patch_id: patch,
    });
    await putIncident(world, desk, incident, patience(world));
    await carryIfReachable(world, desk);
    if (options.json === true) printJson(world, incident);
    else world.terminal.out(openedText(incident, sameState(options)));
    return 0;
  },
});

/** Every id that a beginning could mean: also of a patch whose order is gone. */
async function patchIds({ exchange }: IncidentDesk): Promise<readonly PatchId[]> {
  const landed = (await exchange.landings.list()).flatMap(
    (name) => patchIdSchema.safeParse(name.slice(0, 36)).data ?? [],
  );
  return [...(await exchange.orders.list()), ...(await exchange.verdicts.list()), ...landed];
}

function openedText({ incident_id: id, freezes: stopped }: Incident, place: string): string {
  const what =
    stopped === "everything" ? "every call, proposals and landings are" : "proposals and landings are";
  return `opened ${id}: ${what} stopped\nend it: countersign incident close ${id.slice(0, 8)} --reason WHY${place}\n`;
}

export const incidentClose = command({
  usage: "incident close [id]",
  about: "end an incident; without an id the only one that is open",
  options: [...placeOptions, reasonOption, jsonOption],
  schema: z.strictObject({ ...placeFields, ...json, reason: reason.optional() }),
  run: async (world, [typed], options) => {
    const desk = await openIncidentDesk(world, options);
    const closure = checked(incidentClosureSchema, {
      version: 1,
      incident_id: await meant(desk, typed),
      closed: instant(world.now()),
      person: world.user,
      reason: asked(options.reason),
    });
    const lock = await takeLandingLock(desk.layout, patience(world));
    const done = await desk.exchange.incidents.close(closure).finally(() => lock.release());
    await carryIfReachable(world, desk);
    const { incident_id: id } = closure;
    if (!done) return notClosed(world, desk, id);
    const left = desk.exchange.incidents.open().length;
    if (options.json === true) printJson(world, { ...closure, still_open: left });
    else
      world.terminal.out(
        `closed ${id}\n${left === 0 ? "Proposals and landings go on.\n" : `${left} more open.\n`}`,
      );
    return 0;
  },
});

/** A closing note that nobody can read closes nothing, and is not overwritten. */
function notClosed(world: World, { exchange }: IncidentDesk, id: IncidentId): number {
  const isOpen = exchange.incidents.open().some(({ incident_id: open }) => open === id);
  const why = isOpen
    ? `${id} stays open: its closing note exists and cannot be read. Find out who wrote it, move ${id}.closed.json out of the exchange's incidents/, and close it again.`
    : `${id} was closed before.`;
  world.terminal.err(`${why}\n`);
  return 1;
}

async function meant({ exchange }: IncidentDesk, typed: string | undefined): Promise<IncidentId> {
  const open = exchange.incidents.open();
  const [only, ...more] = open;
  if (typed === undefined || typed === "") {
    if (only === undefined) throw new CountersignError("usage", "no incident is open");
    if (more.length > 0)
      throw new CountersignError("usage", `${open.length} incidents are open`, {
        fix: "Name one: countersign incident list.",
      });
    return only.incident_id;
  }
  return resolveIncident(exchange, typed);
}

/** The configuration is not read for it: this is what validator.git_timeout_seconds is at most in the presets. */
const GIT_MS = 30_000;
const patience = (world: World): LockPatience => lockPatience(world, { timeoutMs: GIT_MS });

function asked(text: string | undefined): string {
  if (text === undefined)
    throw new CountersignError("usage", "--reason is missing", {
      fix: "Say why in one line: --reason TEXT.",
    });
  return text.trim();
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CountersignError("usage", `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "is not valid"}`);
}
