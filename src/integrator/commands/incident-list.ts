// `countersign incident list`: what is stopped, since when and why, and what was.
import { z } from "zod";
import type { Incident, IncidentClosure, IncidentId } from "../../core/audit/incident.ts";
import type { Found, StoredIncident } from "../../io/exchange/exchange.ts";
import { openIncidentDesk } from "../incident-desk.ts";
import { columns, wholeLine } from "../terminal/print.ts";
import type { World } from "../world.ts";
import { command, json, jsonOption, placeFields, placeOptions, printJson } from "./command.ts";

export const incidentList = command({
  usage: "incident list",
  about: "incidents, open and closed",
  options: [...placeOptions, jsonOption],
  schema: z.strictObject({ ...placeFields, ...json }),
  run: async (world, _args, options) => {
    const { exchange } = await openIncidentDesk(world, options);
    const all = (await exchange.incidents.all()).map(rowOf);
    if (options.json === true) printJson(world, { incidents: all });
    else world.terminal.out(table(world, all));
    return 0;
  },
});

interface Row {
  readonly incident_id: IncidentId;
  /** `damaged`: its record or its closing note cannot be read, and it stops what it can. */
  readonly state: "open" | "closed" | "damaged";
  readonly incident: Incident | null;
  readonly closure: IncidentClosure | null;
  readonly trouble: string | null;
}

function rowOf({ incident_id, incident, closure }: StoredIncident): Row {
  const trouble = [incident, closure].flatMap((one: Found<unknown>) =>
    one.kind === "damaged" ? [one.why] : [],
  );
  const state = closure.kind === "found" ? "closed" : trouble.length > 0 ? "damaged" : "open";
  return {
    incident_id,
    state,
    incident: incident.kind === "found" ? incident.value : null,
    closure: closure.kind === "found" ? closure.value : null,
    trouble: trouble[0] ?? null,
  };
}

const STYLE = { open: "red", damaged: "red", closed: "green" } as const;

function table(world: World, all: readonly Row[]): string {
  if (all.length === 0) return "No incidents.\n";
  const { paint } = world.terminal;
  const rows = all.map(({ incident_id: id, state, incident, closure, trouble }) => [
    id.slice(0, 8),
    state,
    incident?.opened.slice(0, 16).replace("T", " ") ?? "-",
    incident?.freezes ?? "everything",
    incident?.patch_id?.slice(0, 8) ?? "-",
    wholeLine(incident?.person ?? "-"),
    wholeLine(
      [incident?.reason ?? trouble ?? "", ...(closure === null ? [] : [`(closed: ${closure.reason})`])].join(
        " ",
      ),
    ),
  ]);
  const head = ["ID", "STATE", "OPENED (UTC)", "STOPS", "PATCH", "PERSON", "REASON"];
  return columns([head, ...rows], (cell, column, line) => {
    const row = all[line - 1];
    if (row === undefined) return paint("bold", cell);
    return column === 1 ? paint(STYLE[row.state], cell) : cell;
  });
}
