// `countersign up`: the validator beside, the gateway in front; without arguments it explains itself.
import { existsSync } from "node:fs";
import { z } from "zod";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import { carryIfReachable } from "../carry.ts";
import { configPath, findPlace, openContext, type Place, type Where } from "../context.ts";
import { type DoorName, requireDoor } from "../../core/config/door.ts";
import type { Config } from "../../core/config/schema.ts";
import { loadSetup } from "../../io/file/config.ts";
import { closeInherited } from "../../io/file/inherited.ts";
import { evidenceNames, gatewayEnvironment, reachOf, separationWarning } from "../../io/file/isolation.ts";
import { outgoingNames } from "../../io/secrets/resolve.ts";
import { repairRecords } from "../git/repair.ts";
import { initialise, isInitialised } from "../initialise.ts";
import { clientSnippets, shellAlias } from "../snippets.ts";
import { watchProgress } from "../status.ts";
import { suppliedSecrets } from "../secrets.ts";
import {
  type ChildSetup,
  endChild,
  keepValidator,
  type Keeper,
  startGateway,
  startValidator,
  watchPulse,
} from "../supervise.ts";
import type { World } from "../world.ts";
import { command, overridesOf, setOption, settings, where, whereOptions } from "./command.ts";
import { launchOf } from "./init.ts";

/** Requests that run get ten seconds to end, and then some to be written. */
const GRACE_MS = 12_000;

export const up = command({
  usage: "up",
  about:
    "run it: --stdio for a desktop client, --port (or server.http.enabled) for clients over HTTP; without options it explains itself",
  options: [
    ...whereOptions,
    { flags: "--stdio", about: "serve one MCP client on standard input and output" },
    {
      flags: "--port <number>",
      about: "serve over HTTP on this port of server.http.bind (the usual one is 9326)",
    },
    {
      flags: "--allow-non-loopback",
      about: "agree to a bind that other machines can reach; it also needs TLS and authentication",
    },
    setOption,
  ],
  schema: z.strictObject({
    ...where,
    ...settings,
    stdio: z.boolean().optional(),
    port: z
      .string()
      .regex(/^\d{1,5}$/, "must be a number")
      .optional(),
    allowNonLoopback: z.boolean().optional(),
  }),
  run: async (world, _args, options) => {
    if (Object.keys(options).length === 0) return explain(world);
    const place = await findPlace(world, options);
    const config = options.config === undefined ? undefined : configPath(world, place.layout, options);
    if (!isInitialised(place.layout)) {
      await initialise(world, place, "quickstart");
      world.terminal.err(`countersign: made the state of ${place.repository.path} in ${place.layout.root}\n`);
    }
    const set = settingsOf(options);
    // Fail here, once, instead of in two children.
    const setup = loadSetup(
      place.layout,
      world.root,
      config,
      overridesOf(world, set),
      world.now(),
      place.repository,
    );
    closeInherited();
    const door = doorOf(options.stdio === true, setup.config);
    const warning =
      door === "none" ? undefined : separationWarning(place.layout, setup.config.gateway.shared_user);
    if (warning !== undefined) world.terminal.err(warning);
    void settle(world, options);
    const children = {
      layout: place.layout,
      config,
      set,
      asked: [...evidenceNames(setup.config), ...outgoingNames(setup.config)],
    };
    return door === "none"
      ? foreground(world, place, children, options.state)
      : serve(world, children, door, setup.config);
  },
});

interface Doors {
  readonly stdio?: boolean | undefined;
  readonly port?: string | undefined;
  readonly allowNonLoopback?: boolean | undefined;
  readonly set?: readonly string[] | undefined;
}

/** What the flags say of the configuration, as `key=value`. */
function settingsOf({ stdio, port, allowNonLoopback, set = [] }: Doors): readonly string[] {
  if (stdio === true && port !== undefined)
    throw new CountersignError("usage", "--stdio and --port are two doors", {
      fix: "Start countersign up twice: each serves one door, and they share validator and log.",
    });
  return [
    ...(port === undefined ? [] : ["server.http.enabled=true", `server.http.port=${port}`]),
    ...(allowNonLoopback === true ? ["server.http.allow_non_loopback=true"] : []),
    ...set,
  ];
}

function doorOf(stdio: boolean, config: Config): DoorName | "none" {
  if (!stdio) return config.server.http.enabled ? "http" : "none";
  requireDoor("stdio", config);
  return "stdio";
}

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

function keeper(world: World, setup: ChildSetup): Keeper {
  return keepValidator({
    layout: setup.layout,
    start: () => startValidator(world, setup),
    now: world.now,
    say: (text) => world.terminal.err(text),
  });
}

/**
 * Ends when the gateway ends, with its exit code. On stdio the client closes our input, and the gateway sees that; over
 * HTTP it ends when somebody ends us.
 */
async function serve(
  world: World,
  children: ChildSetup,
  door: "stdio" | "http",
  config: Config,
): Promise<number> {
  const env = gatewayEnvironment(config, { ...world.env, ...(await suppliedSecrets(world, config)) });
  const kept = keeper(world, children);
  const progress = watchProgress(world, children.layout, "first");
  const pulse = watchPulse((text) => world.terminal.err(text));
  const reach = reachOf(children.layout, children.config, config, door);
  const gateway = startGateway(world, { ...children, door, reach, env }, pulse.stirred);
  const listening = world.onStop(() => void endChild(gateway, GRACE_MS));
  const code = await pulse.watch(gateway);
  listening();
  progress.stop();
  await kept.stop();
  return code;
}

async function foreground(
  world: World,
  place: Place,
  children: ChildSetup,
  state: string | undefined,
): Promise<number> {
  const { terminal } = world;
  terminal.out(`${clientSnippets(launchOf(world, place, state))}\n`);
  terminal.err(
    `countersign validates ${place.repository.path}\nstate: ${place.layout.root}\nCtrl-C ends it.\n`,
  );
  const kept = keeper(world, children);
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
