// The program `countersign gateway`: goes behind Node's permission model, then serves one client over stdio.
import { Command, CommanderError, Option } from "commander";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { CountersignError } from "../core/base/failure.ts";
import { loadSetup, packageRoot } from "../io/file/config.ts";
import { permissionFlags, separationWarning } from "../io/file/isolation.ts";
import { type Layout, layout } from "../io/file/layout.ts";
import { wallFaults } from "./walls.ts";

interface Arguments {
  readonly layout: Layout;
  readonly configPath: string | undefined;
  /** Started by the supervisor, which watches descriptor 3. */
  readonly pulse: boolean;
}

function readArguments(argv: readonly string[], env: NodeJS.ProcessEnv): Arguments {
  const command = new Command("countersign gateway")
    .description("Serve agents over stdio: they read listed files and propose patches.")
    .requiredOption("--state <dir>", "state folder", env["COUNTERSIGN_STATE"])
    .option("--config <file>", "configuration file (default: countersign.toml in the state folder)")
    // The only door so far, and still to be named: a gateway that opens more by default later would surprise.
    .requiredOption("--stdio", "serve over standard input and output (the only transport)")
    .addOption(new Option("--pulse", "show on descriptor 3 that it is alive").hideHelp())
    .exitOverride();
  // The first word is the name under which bin/countersign.js started us.
  command.parse(argv[0] === "gateway" ? argv.slice(1) : argv, { from: "user" });
  const {
    state,
    config,
    pulse = false,
  } = command.opts<{ state: string; config?: string; pulse?: boolean }>();
  return {
    layout: layout(resolve(state)),
    configPath: config === undefined ? undefined : resolve(config),
    pulse,
  };
}

/** Replaces this process by one behind the walls, with an empty environment: no tokens, no agents' sockets, no options. */
function restart({ layout: places, configPath }: Arguments): never {
  const setup = loadSetup(places, packageRoot(), configPath);
  const warning = separationWarning(places, setup.config.gateway.shared_user);
  if (warning !== undefined) process.stderr.write(warning);
  // Node takes a path that does not exist for a file, and would deny what is below it later.
  for (const folder of [places.gateway, join(places.exchange, "orders")])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  const flags = permissionFlags(places, packageRoot(), configPath);
  const own = [
    "gateway",
    "--state",
    places.root,
    "--stdio",
    ...(configPath === undefined ? [] : ["--config", configPath]),
  ];
  const program = import.meta.filename;
  if (process.execve === undefined)
    throw new CountersignError("state_unusable", "this system cannot restart a process in place", {
      fix: `Start it with the flags: node ${flags.join(" ")} ${program} ${own.join(" ")}`,
    });
  return process.execve(process.execPath, [process.execPath, ...flags, program, ...own], {});
}

async function main(): Promise<number> {
  const options = readArguments(process.argv.slice(2), process.env);
  if (process.permission === undefined) restart(options);
  const faults = wallFaults(process.permission, options.layout);
  if (faults.length > 0)
    throw new CountersignError("state_unusable", `the gateway could ${faults.join(", ")}`, {
      fix: "Start it as countersign gateway or countersign up, which set the right flags.",
    });
  // Loaded only behind the walls: nothing of the server runs before.
  const { runGateway } = await import("./compose.ts");
  return runGateway(options);
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

process.exit(await main().catch(failed));
