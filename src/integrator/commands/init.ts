// `countersign init`: make the state of a repository and print what is still to be written and how clients are connected.
import { existsSync } from "node:fs";
import { z } from "zod";
import { CountersignError } from "../../core/base/failure.ts";
import { faultLine } from "../../core/config/fault.ts";
import { environmentOverrides } from "../../core/config/overrides.ts";
import { presetOf } from "../../core/config/parse.ts";
import { type Config, type PresetName, presetNames } from "../../core/config/schema.ts";
import { checkSetup, readConfig, readWritten } from "../../io/file/config.ts";
import { findPlace, type Place } from "../context.ts";
import { initialise, yoursToWrite } from "../initialise.ts";
import { clientSnippets, httpPlace, httpSnippets, httpSteps, shellAlias } from "../snippets.ts";
import type { World } from "../world.ts";
import { command, placeFields, placeOptions } from "./command.ts";

export const init = command({
  usage: "init",
  about: "make keys, audit log and configuration for a repository; what exists stays",
  options: [
    {
      flags: "--preset <name>",
      about: `posture to start from: ${presetNames.join(", ")} (default: quickstart)`,
    },
    ...placeOptions,
  ],
  schema: z.strictObject({ ...placeFields, preset: z.enum(presetNames).optional() }),
  run: async (world, _args, options) => {
    const place = await findPlace(world, options);
    refuseOtherPreset(place, options.preset);
    const made = await initialise(world, place, options.preset ?? "quickstart");
    const { terminal } = world;
    terminal.out(`${terminal.paint("bold", place.repository.path)}\nstate: ${place.layout.root}\n`);
    terminal.out(
      made.length === 0
        ? "Everything was there already; nothing was changed.\n\n"
        : `made: ${made.join(", ")}\n\n`,
    );
    terminal.out(next(world, place, options.state));
    return 0;
  },
});

/** What exists stays, so that a posture that is asked for and not given must not end as if it had been given. */
function refuseOtherPreset({ layout }: Place, wanted: PresetName | undefined): void {
  if (wanted === undefined || !existsSync(layout.config)) return;
  const there = presetOf(readConfig(layout.config));
  if (there === wanted) return;
  throw new CountersignError(
    "usage",
    `${layout.config} is there and starts from ${there ?? "no known preset"}, not from ${wanted}`,
    { fix: `See what would change, and change it: countersign preset use ${wanted} --state ${layout.root}` },
  );
}

/**
 * What comes next. A preset that leaves lines to the person is at fault until they are written: then those lines come
 * first, with what `config check` will go on saying until they are there.
 */
function next(world: World, place: Place, state: string | undefined): string {
  const { layout } = place;
  const { text, written } = readWritten(layout.config);
  const moment = { now: world.now(), written };
  const checked = checkSetup(
    layout,
    world.root,
    text,
    environmentOverrides(world.env),
    moment,
    place.repository,
  );
  if (checked.ok) return connecting(world, place, state, checked.setup.config);
  const preset = presetOf(text);
  return [
    `Still to be written in ${layout.config}:`,
    ...checked.faults.map((fault) => `  ${faultLine(fault, "countersign.toml")}`),
    "",
    ...(preset === undefined ? [] : yoursToWrite[preset].map((line) => `  ${line}`.trimEnd())),
    "next:",
    `  ${shellAlias(world)}`,
    "  countersign config check",
    "  countersign init",
    "",
  ].join("\n");
}

/** How clients are connected to the doors that this configuration has. */
function connecting(world: World, place: Place, state: string | undefined, config: Config): string {
  const http = httpPlace(config);
  const launch = launchOf(world, place, state);
  const apart = config.gateway.shared_user === "refuse";
  return [
    ...(config.server.stdio ? [clientSnippets(launch, http !== undefined)] : []),
    ...(http === undefined ? [] : [`Over HTTP (${http.origin})`, "", httpSnippets(http)]),
    http === undefined ? "next: add it to a client and ask the agent for a change; then" : "next:",
    `  ${shellAlias(world)}`,
    // Under one user such a gateway refuses to start, and that is its point.
    ...(apart
      ? ["  gateway and validator each under a user of its own: docs/operations.md, config/systemd"]
      : []),
    ...(http === undefined ? [] : httpSteps(http, launch)),
    "  countersign list",
    "",
  ].join("\n");
}

/** How a client starts `up` for this place; the state folder is named when it is not the default one. */
export function launchOf(
  world: World,
  { layout, repository }: Pick<Place, "layout" | "repository">,
  state: string | undefined,
): Parameters<typeof clientSnippets>[0] {
  const named = state !== undefined || (world.env["COUNTERSIGN_STATE"] ?? "") !== "";
  return { node: world.node, bin: world.bin, repo: repository.path, state: named ? layout.root : undefined };
}
