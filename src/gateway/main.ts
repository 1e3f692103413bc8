// The program `countersign gateway`: goes behind Node's permission model, then serves over stdio or HTTP.
import { Command, CommanderError, Option } from "commander";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { CountersignError } from "../core/base/failure.ts";
import { requireDoor } from "../core/config/door.ts";
import { type ConfigOverride, environmentOverrides, flagOverrides } from "../core/config/overrides.ts";
import { loadSetup, packageRoot, packageVersion } from "../io/file/config.ts";
import { gatewayEnvironment, permissionFlags, reachOf, separationWarning } from "../io/file/isolation.ts";
import { closeInherited } from "../io/file/inherited.ts";
import { gatewayPlaces, type Layout, layout } from "../io/file/layout.ts";
import { wallFaults } from "./walls.ts";

interface Arguments {
  readonly layout: Layout;
  readonly configPath: string | undefined;
  /** `settle`: none at all. */
  readonly door: "stdio" | "http" | "settle";
  /** `key=value`, as given. */
  readonly set: readonly string[];
  readonly overrides: readonly ConfigOverride[];
  /** Started by the supervisor, which watches descriptor 3. */
  readonly pulse: boolean;
}

function readArguments(argv: readonly string[], env: NodeJS.ProcessEnv): Arguments {
  const command = new Command("countersign gateway")
    .description("Serve agents: they read listed files and propose patches. Over stdio, or over HTTP.")
    .requiredOption("--state <dir>", "state folder", env["COUNTERSIGN_STATE"])
    .option("--config <file>", "configuration file (default: countersign.toml in the state folder)")
    // The door has to be named: a gateway that opens one more by default later would surprise.
    .option("--stdio", "serve one client over standard input and output")
    .option("--http", "serve over HTTP as [server.http] says")
    .option("--settle", "serve nobody: pass on what waits for validator, sealer and log, and end")
    .option("--set <key=value...>", "override keys of the configuration (not those of the policy)")
    .addOption(new Option("--pulse", "show on descriptor 3 that it is alive").hideHelp())
    .exitOverride();
  command.parse(argv, { from: "user" });
  const given = command.opts<{
    state: string;
    config?: string;
    stdio?: boolean;
    http?: boolean;
    settle?: boolean;
    set?: readonly string[];
    pulse?: boolean;
  }>();
  const doors = (["stdio", "http", "settle"] as const).filter((name) => given[name] === true);
  const [door, ...more] = doors;
  if (door === undefined || more.length > 0)
    throw new CountersignError("usage", "name one: --stdio, --http or --settle", {
      fix: "countersign gateway --help shows how; two doors are two processes.",
    });
  return {
    layout: layout(resolve(given.state)),
    configPath: given.config === undefined ? undefined : resolve(given.config),
    door,
    set: given.set ?? [],
    overrides: [...environmentOverrides(env), ...flagOverrides(given.set ?? [])],
    pulse: given.pulse ?? false,
  };
}

/** Replaces this process by one behind the walls, with an almost empty environment: no agents' sockets, no options. */
function restart({ layout: places, configPath, door, set, overrides }: Arguments): never {
  const setup = loadSetup(places, packageRoot(), configPath, overrides, Date.now());
  if (door !== "settle") requireDoor(door, setup.config);
  const warning = separationWarning(places, setup.config.gateway.shared_user);
  if (warning !== undefined) process.stderr.write(warning);
  // Node takes a path that does not exist for a file, and would deny what is below it later.
  for (const folder of [places.gateway, ...gatewayPlaces.map((place) => join(places.exchange, place))])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  const flags = permissionFlags(
    places,
    packageRoot(),
    reachOf(places, configPath, setup.config, door === "http" ? "http" : "stdio"),
  );
  const own = [
    "gateway",
    "--state",
    places.root,
    `--${door}`,
    ...set.flatMap((text) => ["--set", text]),
    ...(configPath === undefined ? [] : ["--config", configPath]),
  ];
  const program = import.meta.filename;
  if (process.execve === undefined)
    throw new CountersignError("state_unusable", "this system cannot restart a process in place", {
      fix: `Start it with the flags: node ${flags.join(" ")} ${program} ${own.join(" ")}`,
    });
  closeInherited();
  const kept = gatewayEnvironment(setup.config, process.env);
  return process.execve(process.execPath, [process.execPath, ...flags, program, ...own], kept);
}

/** `countersign actions openapi`: describes the tools and serves nobody, so it needs no walls. */
async function describeActions(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const command = new Command("countersign actions").exitOverride();
  command
    .command("openapi")
    .description("print the OpenAPI document of the tools, for a custom GPT's action")
    .option(
      "--state <dir>",
      "state folder (default: the configuration of a preset is described)",
      env["COUNTERSIGN_STATE"],
    )
    .option("--config <file>", "configuration file")
    .option("--url <origin>", "origin under which the server is reached, such as https://host")
    .action(async ({ state, config, url }: { state?: string; config?: string; url?: string }) => {
      const { printOpenApi } = await import("./actions/print.ts");
      const places = layout(resolve(state ?? "."));
      const path =
        config ??
        (state === undefined ? join(packageRoot(), "config", "countersign.example.toml") : undefined);
      const setup = loadSetup(
        places,
        packageRoot(),
        path === undefined ? undefined : resolve(path),
        environmentOverrides(env),
        Date.now(),
      );
      process.stdout.write(printOpenApi(setup.config, packageVersion(packageRoot()), url));
    });
  await command.parseAsync([...argv], { from: "user" });
  return 0;
}

async function main(argv: readonly string[]): Promise<number> {
  if (argv[0] === "actions") return describeActions(argv.slice(1), process.env);
  // The first word is the name under which bin/countersign.js started us.
  const options = readArguments(argv[0] === "gateway" ? argv.slice(1) : argv, process.env);
  if (process.permission === undefined) restart(options);
  const faults = wallFaults(process.permission, options.layout);
  if (faults.length > 0)
    throw new CountersignError("state_unusable", `the gateway could ${faults.join(", ")}`, {
      fix: "Start it as countersign gateway or countersign up, which set the right flags.",
    });
  // Loaded only behind the walls: nothing of the server runs before.
  const { runGateway, settleGateway } = await import("./compose.ts");
  const { door, ...rest } = options;
  const given = { ...rest, env: process.env };
  return door === "settle" ? settleGateway(given) : runGateway({ ...given, door });
}

function failed(error: unknown): number {
  // commander has said it already, on standard error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const fix = error instanceof CountersignError && error.fix !== undefined ? `\n  ${error.fix}` : "";
  process.stderr.write(
    `countersign gateway: ${error instanceof Error ? error.message : String(error)}${fix}\n`,
  );
  return error instanceof CountersignError ? error.exitCode : 1;
}

process.exit(await main(process.argv.slice(2)).catch(failed));
