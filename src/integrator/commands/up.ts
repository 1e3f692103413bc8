// `countersign up`: the validator beside, the gateway in front; without arguments it explains itself.
import { existsSync } from "node:fs";
import { z } from "zod";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import { carryIfReachable } from "../carry.ts";
import { configPath, findPlace, openContext, type Place, type Where } from "../context.ts";
import { loadSetup } from "../../io/file/config.ts";
import { separationWarning } from "../../io/file/isolation.ts";
import { repairRecords } from "../git/repair.ts";
import { initialise, isInitialised } from "../initialise.ts";
import { clientSnippets, shellAlias } from "../snippets.ts";
import { watchProgress } from "../status.ts";
import {
  endChild,
  keepValidator,
  type Keeper,
  startGateway,
  startValidator,
  watchPulse,
} from "../supervise.ts";
import type { World } from "../world.ts";
import { command, where, whereOptions } from "./command.ts";
import { launchOf } from "./init.ts";

export const up = command({
  usage: "up",
  about:
    "run it: with --stdio for a desktop client, with --repo the validator alone, without options it explains itself",
  options: [
    ...whereOptions,
    { flags: "--stdio", about: "serve one MCP client on standard input and output" },
  ],
  schema: z.strictObject({ ...where, stdio: z.boolean().optional() }),
  run: async (world, _args, options) => {
    if (Object.keys(options).length === 0) return explain(world);
    const place = await findPlace(world, options);
    const config = options.config === undefined ? undefined : configPath(world, place.layout, options);
    if (!isInitialised(place.layout)) {
      await initialise(world, place, "quickstart");
      world.terminal.err(`countersign: made the state of ${place.repository.path} in ${place.layout.root}\n`);
    }
    // Fail here, once, instead of in two children.
    const { config: loaded } = loadSetup(place.layout, world.root, config);
    const warning =
      options.stdio === true ? separationWarning(place.layout, loaded.gateway.shared_user) : undefined;
    if (warning !== undefined) world.terminal.err(warning);
    void settle(world, options);
    return options.stdio === true
      ? serve(world, place, config)
      : foreground(world, place, config, options.state);
  },
});

/** What a crash left undone, beside the start of the others: a client waits for its answer. */
async function settle(world: World, options: Where): Promise<void> {
  try {
    const context = await openContext(world, options);
    const { repaired } = await repairRecords(context);
    if (repaired.length > 0) await carryIfReachable(world, context);
  } catch (cause) {
    world.terminal.err(
      `countersign: records of landings were not looked after: ${printable(cause instanceof Error ? cause.message : String(cause))}\n`,
    );
  }
}

function keeper(world: World, { layout }: Place, config: string | undefined): Keeper {
  return keepValidator({
    layout,
    start: () => startValidator(world, layout, config),
    now: world.now,
    say: (text) => world.terminal.err(text),
  });
}

/** Ends when the gateway ends, with its exit code; the client closes our input, and the gateway sees that. */
async function serve(world: World, place: Place, config: string | undefined): Promise<number> {
  const kept = keeper(world, place, config);
  const progress = watchProgress(world, place.layout, "first");
  const pulse = watchPulse((text) => world.terminal.err(text));
  const gateway = startGateway(world, place.layout, config, pulse.stirred);
  const listening = world.onStop(() => void endChild(gateway));
  const code = await pulse.watch(gateway);
  listening();
  progress.stop();
  await kept.stop();
  return code;
}

async function foreground(
  world: World,
  place: Place,
  config: string | undefined,
  state: string | undefined,
): Promise<number> {
  const { terminal } = world;
  terminal.out(`${clientSnippets(launchOf(world, place, state))}\n`);
  terminal.err(
    `countersign validates ${place.repository.path}\nstate: ${place.layout.root}\nCtrl-C ends it.\n`,
  );
  const kept = keeper(world, place, config);
  const progress = watchProgress(world, place.layout, "all");
  const { promise: stopped, resolve: stop } = Promise.withResolvers<undefined>();
  const listening = world.onStop(() => stop(undefined));
  await stopped;
  listening();
  progress.stop();
  await kept.stop();
  return 0;
}

async function explain(world: World): Promise<number> {
  const place = await findPlace(world, {}).catch((cause: unknown) => {
    if (cause instanceof CountersignError) return undefined;
    throw cause;
  });
  const launch =
    place === undefined
      ? { node: world.node, bin: world.bin, repo: "/path/to/your/repository" }
      : launchOf(world, place, undefined);
  const here =
    place === undefined
      ? `${world.cwd} is not in a git repository; put the path of yours below.`
      : `Repository: ${place.repository.path}`;
  const ready =
    place !== undefined && existsSync(place.layout.repository)
      ? `State: ${place.layout.root}`
      : "Its state is made on first use, outside the repository.";
  world.terminal.out(
    [
      world.terminal.paint(
        "bold",
        "countersign: agents propose, a separate process countersigns, a person merges.",
      ),
      "",
      "It is an MCP server over one git repository. An agent can list what it may see, read it and propose a patch; it",
      "can never execute, write or merge. A second process checks every proposal and signs what it found. You read it,",
      "and land it on a branch of its own.",
      "",
      here,
      ready,
      "",
      clientSnippets(launch),
      "Then ask the agent for a change, and in the repository run:",
      `  ${shellAlias(world)}`,
      "  countersign list  ·  countersign show ID  ·  countersign integrate ID  ·  countersign doctor",
      "",
    ].join("\n"),
  );
  return 0;
}
