// `countersign init`: make the state of a repository and print how clients are connected.
import { z } from "zod";
import { presetNames } from "../../core/config/schema.ts";
import { findPlace, type Place } from "../context.ts";
import { initialise } from "../initialise.ts";
import { clientSnippets, shellAlias } from "../snippets.ts";
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
    const made = await initialise(world, place, options.preset ?? "quickstart");
    const { terminal } = world;
    terminal.out(`${terminal.paint("bold", place.repository.path)}\nstate: ${place.layout.root}\n`);
    terminal.out(
      made.length === 0
        ? "Everything was there already; nothing was changed.\n\n"
        : `made: ${made.join(", ")}\n\n`,
    );
    terminal.out(`${clientSnippets(launchOf(world, place, options.state))}\n`);
    terminal.out(
      `next: add it to a client and ask the agent for a change; then\n  ${shellAlias(world)}\n  countersign list\n`,
    );
    return 0;
  },
});

/** How a client starts `up` for this place; the state folder is named when it is not the default one. */
export function launchOf(
  world: World,
  { layout, repository }: Pick<Place, "layout" | "repository">,
  state: string | undefined,
): Parameters<typeof clientSnippets>[0] {
  const named = state !== undefined || (world.env["COUNTERSIGN_STATE"] ?? "") !== "";
  return { node: world.node, bin: world.bin, repo: repository.path, state: named ? layout.root : undefined };
}
