// `countersign bundle` and `incident export`: everything about a patch or an incident as one file, sealed as a whole.
import { statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { fromUtf8 } from "../../core/base/bytes.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import { incidentMembers, missing, patchMembers } from "../bundle/collect.ts";
import { makeBundle, type Plan } from "../bundle/make.ts";
import { configPath, type Context, openContext, type Where } from "../context.ts";
import { resolveIncident } from "../incident-desk.ts";
import { knownIds, resolveId } from "../proposals/lookup.ts";
import { wholeLine } from "../terminal/print.ts";
import type { World } from "../world.ts";
import { argument, command, json, jsonOption, printJson, where, whereOptions } from "./command.ts";

const options = [
  ...whereOptions,
  {
    flags: "--out <path>",
    about: "a new file, or a folder for it; a file that exists is left alone (default: print it)",
  },
  { ...jsonOption, about: "with --out: print what was written as JSON (the file itself always is JSON)" },
];
const schema = z.strictObject({ ...where, ...json, out: z.string().min(1).max(4096).optional() });
type Options = z.infer<typeof schema>;

export const bundle = command({
  usage: "bundle <id>",
  about:
    "everything about a patch as one file, sealed as a whole, to be verified anywhere without this repository",
  options,
  schema,
  run: async (world, args, choice) => {
    const context = await openContext(world, choice);
    const id = resolveId(argument(args, 0, "the patch id"), await knownIds(context));
    const files = async (): Promise<Map<string, Uint8Array>> => {
      const members = await patchMembers(world, context, id, "");
      if (members === undefined) throw missing("order of patch", id);
      const all = await context.exchange.incidents.all();
      const mine = all.filter(({ incident }) => incident.kind !== "found" || incident.value.patch_id === id);
      return new Map([...members, ...incidentMembers(mine)]);
    };
    const config = choice.config && configPath(world, context.layout, choice);
    return write(world, context, { kind: "patch", patch: id, incident: null, config, files }, choice);
  },
});

export const incidentExport = command({
  usage: "incident export <id>",
  about: "an incident as one file: its records, its patch, and every line of the log between opening and end",
  options,
  schema,
  run: async (world, args, choice) => {
    const context = await openContext(world, choice);
    const { exchange } = context;
    const id = await resolveIncident(exchange, argument(args, 0, "the incident id"));
    const read = async (): Promise<Awaited<ReturnType<typeof exchange.incidents.all>>> =>
      (await exchange.incidents.all()).filter((one) => one.incident_id === id);
    const [found] = await read();
    if (found?.incident.kind !== "found" || found.closure.kind === "damaged")
      throw new CountersignError("state_unusable", `the record of incident ${id} cannot be read`, {
        fix: "countersign incident list says what is wrong; countersign audit export hands the log on.",
      });
    const patch = found.incident.value.patch_id;
    const files = async (): Promise<Map<string, Uint8Array>> => {
      const members =
        patch === null ? undefined : await patchMembers(world, context, patch, `patches/${patch}/`);
      return new Map([...(members ?? []), ...incidentMembers(await read())]);
    };
    const config = choice.config && configPath(world, context.layout, choice);
    return write(world, context, { kind: "incident", patch, incident: id, config, files }, choice);
  },
});

async function write(
  world: World,
  context: Context,
  plan: Plan,
  { out, json: asJson }: Options & Where,
): Promise<number> {
  if (out === undefined && asJson === true)
    throw new CountersignError("usage", "--json needs --out: what is printed is the bundle itself");
  const file = out === undefined ? undefined : fileAt(world, out, plan);
  const { bytes, answer } = await makeBundle(world, context, plan);
  // Whoever owns the exchange must not be able to have us hand on what we would not believe ourselves.
  if (answer.verdict === "failed" || answer.verdict === "unknown") {
    world.terminal.err(`not exported: ${answer.where ?? "bundle"}: ${wholeLine(answer.why)}\n`);
    return answer.verdict === "failed" ? 1 : 2;
  }
  if (file === undefined) world.terminal.out(fromUtf8(bytes) ?? "");
  else {
    writeNew(file, bytes);
    if (asJson === true) printJson(world, { file, verdict: answer.verdict, ...answer.facts });
    else
      world.terminal.out(
        `${printable(file)}: ${answer.why}\nsha256 of its list: ${answer.facts["bundle_sha256"] ?? ""}\n`,
      );
  }
  if (answer.verdict === "verified") return 0;
  // Evidence of a theft, above all: it is handed on, and says so to everybody.
  world.terminal.err(`exported, and not genuine: ${wholeLine(answer.why)}\n`);
  return 2;
}

function fileAt(world: World, out: string, { kind, patch, incident }: Plan): string {
  const path = resolve(world.cwd, out);
  const isFolder = out.endsWith("/") || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const name = `${kind}-${(kind === "patch" ? patch : incident) ?? ""}.bundle.json`;
  return isFolder ? join(path, name) : path;
}

/** Create-only: what was exported before may be somebody's evidence. */
function writeNew(file: string, bytes: Uint8Array): void {
  try {
    writeFileSync(file, bytes, { flag: "wx", mode: 0o640 });
  } catch (cause) {
    const exists = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    throw new CountersignError(
      exists ? "usage" : "storage",
      exists ? `${file} exists already` : `cannot write ${file}`,
      { fix: "Name another file, in a folder that exists.", cause },
    );
  }
}
