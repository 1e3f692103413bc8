// The person's wing: reads the command line, runs one command, and turns every outcome into an exit code.
import { Command, CommanderError } from "commander";
import { CountersignError } from "../core/base/failure.ts";
import { printable } from "../core/base/refusal.ts";
import type { CommandRow } from "./commands/command.ts";
import { packageVersion } from "../io/file/config.ts";
import { commands, otherCommands } from "./commands/table.ts";
import { composeWorld } from "./compose.ts";
import type { World } from "./world.ts";

/** Commander's own outcomes: help that was asked for is fine, everything else is usage. */
function build(world: World, done: (code: number) => void): Command {
  const program = new Command("countersign");
  program.version(packageVersion(world.root), "-V, --version", "print the version");
  program.description("Agents propose. A separate process countersigns. A person merges.");
  program
    .exitOverride()
    // What is typed behind a command's name is that command's: `bundle` and `bundle verify` both have --json.
    .enablePositionalOptions()
    .showHelpAfterError("countersign help lists the commands.")
    .helpCommand("help [command]", "help on a command");
  program.addHelpText(
    "after",
    `\nOther processes:\n${otherCommands.map(({ usage, about }) => `  ${usage.padEnd(33)}${about}\n`).join("")}`,
  );
  const groups = new Map<string, Command>();
  for (const row of commands) add(program, groups, row, world, done);
  return program;
}

function add(
  program: Command,
  groups: Map<string, Command>,
  row: CommandRow,
  world: World,
  done: (code: number) => void,
): void {
  const words = row.usage.split(" ");
  const names = words.filter((word) => /^[a-z]/.test(word));
  const [group, name] = names;
  const parent = names.length > 1 && group !== undefined ? groupOf(program, groups, group) : program;
  const target = parent.command(names.length > 1 && name !== undefined ? name : (group ?? ""));
  target.description(row.about).exitOverride().allowExcessArguments(false);
  for (const word of words.slice(names.length)) target.argument(word);
  for (const { flags, about } of row.options) target.option(flags, about);
  // A command of one word may have others below it.
  if (names.length === 1 && group !== undefined) groups.set(group, target.enablePositionalOptions());
  target.action(async () => done(await row.run(world, target.args, target.opts())));
}

function groupOf(program: Command, groups: Map<string, Command>, name: string): Command {
  const known = groups.get(name);
  if (known !== undefined) return known;
  const below = commands
    .filter(({ usage }) => usage.startsWith(`${name} `))
    .map(({ usage }) => usage.split(" ")[1]);
  const made = program.command(name).description(below.join(", ")).exitOverride();
  groups.set(name, made);
  return made;
}

async function main(argv: readonly string[]): Promise<number> {
  let code = 0;
  const world = composeWorld();
  try {
    await build(world, (outcome) => {
      code = outcome;
    }).parseAsync(argv.length === 0 ? ["help"] : argv, { from: "user" });
    return code;
  } catch (cause) {
    return tell(world, cause);
  }
}

/** Exit codes: 0 done · 1 refused, tampered, failed · 2 cannot tell · 74 storage. */
function tell(world: World, cause: unknown): number {
  const { terminal } = world;
  if (cause instanceof CommanderError) return cause.exitCode === 0 ? 0 : 2;
  const word = terminal.paintErr("red", "error");
  if (cause instanceof CountersignError) {
    const lines = cause.message.split("\n").map(printable).join("\n");
    terminal.err(`${word} ${cause.code}: ${lines}\n${cause.fix === undefined ? "" : `${cause.fix}\n`}`);
    return cause.exitCode;
  }
  terminal.err(`${word} internal: ${printable(cause instanceof Error ? cause.message : String(cause))}\n`);
  return 1;
}

process.exitCode = await main(process.argv.slice(2));
