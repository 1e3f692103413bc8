// Rules about the sandbox and what runs in it: commands have one, expressions compile, programs are named by their place.
import { compileExpression } from "../base/expression.ts";
import type { RuleFault } from "./fault.ts";
import type { Config } from "./schema.ts";
import type { CommandEntry } from "./schema-checks.ts";

export function sandboxFaults({ sandbox, validator }: Config): readonly RuleFault[] {
  const { driver, runtime, image } = sandbox;
  const { commands } = validator;
  const faults: (RuleFault | false)[] = [
    commands.length > 0 &&
      driver === "none" && {
        key: "validator.commands",
        because: "sandbox.driver",
        message: "are there, and no sandbox for them to run in",
        fix: "Set sandbox.driver, or take the commands out: nothing of a patch runs without a sandbox.",
      },
    runtime !== "" &&
      driver === "bubblewrap" && {
        key: "sandbox.runtime",
        because: "sandbox.driver",
        message: "is for docker and podman; bubblewrap has none",
        fix: "Leave it empty, or set sandbox.driver to docker or podman.",
      },
    image === "" &&
      (driver === "docker" || driver === "podman") && {
        key: "sandbox.image",
        because: "sandbox.driver",
        message: `is empty, and ${driver} needs one to run in`,
        fix: "Name an image that is on this machine, by its digest where you can; nothing is fetched.",
      },
    ...commands.flatMap((entry, at) => commandFaults(entry, `validator.commands.${at}`, commands)),
  ];
  return faults.filter((fault) => fault !== false);
}

function commandFaults(
  entry: CommandEntry,
  key: string,
  all: readonly CommandEntry[],
): readonly (RuleFault | false)[] {
  const { name, argv, coverage, min_coverage: least, read = [] } = entry;
  return [
    all.find((other) => other.name === name) !== entry && {
      key: `${key}.name`,
      message: `is ${name}, which another command has`,
      fix: "Give each command a name of its own: verdicts and gates go by it.",
    },
    !argv[0]?.startsWith("/") && {
      key: `${key}.argv`,
      message: "does not begin with an absolute path; a program is looked up nowhere",
      fix: "Write the program's path in the sandbox, such as /usr/bin/make; the patched tree is /tree.",
    },
    argv.some((word) => word.includes("\0")) && {
      key: `${key}.argv`,
      message: "holds a zero byte, which no program can be given",
      fix: "Take it out.",
    },
    least !== undefined &&
      coverage === undefined && {
        key: `${key}.min_coverage`,
        because: `${key}.coverage`,
        message: "needs coverage, which says where the percentage is in the output",
        fix: "Add coverage, such as 'TOTAL .* (\\d+)%'.",
      },
    coverage !== undefined && expressionFault(coverage, `${key}.coverage`),
    read.some((path) => path === "/" || path.split("/").includes("..")) && {
      key: `${key}.read`,
      message: "names the whole machine, or a path with ..",
      fix: "Name the one folder that the command needs.",
    },
  ];
}

function expressionFault(source: string, key: string): RuleFault | false {
  const fix = "Write an RE2 expression whose first group is the number, such as 'TOTAL .* (\\d+)%'.";
  try {
    const { program } = compileExpression(source);
    return program.groupCount() === 0 && { key, message: "has no group that would be the percentage", fix };
  } catch (cause) {
    return {
      key,
      message: `is no RE2 expression: ${cause instanceof Error ? cause.message : "unknown"}`,
      fix,
    };
  }
}
