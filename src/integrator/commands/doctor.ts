// `countersign doctor`: what is wrong with this installation, and what to do about it.
import { z } from "zod";
import { findPlace } from "../context.ts";
import { diagnose, type Finding, type Level } from "../doctor/diagnose.ts";
import { gatherFacts } from "../doctor/facts.ts";
import type { Style } from "../terminal/print.ts";
import type { World } from "../world.ts";
import { command, json, jsonOption, printJson, where, whereOptions } from "./command.ts";

export const doctor = command({
  usage: "doctor",
  about: "look at node, git, state, keys, store and exchange; say what is wrong and what to do",
  options: [...whereOptions, jsonOption],
  schema: z.strictObject({ ...where, ...json }),
  run: async (world, _args, options) => {
    const findings = diagnose(await gatherFacts(world, await findPlace(world, options), options));
    const healthy = findings.every(({ level }) => level !== "fail");
    if (options.json === true) printJson(world, { ok: healthy, findings });
    else print(world, findings);
    return healthy ? 0 : 1;
  },
});

const styles: Readonly<Record<Level, Style>> = { ok: "green", warn: "yellow", fail: "red" };

function print(world: World, findings: readonly Finding[]): void {
  const { terminal } = world;
  for (const { level, message, fix } of findings) {
    terminal.out(
      `${terminal.paint(styles[level], level.padEnd(4))}  ${message}\n${fix === "" ? "" : `      ${fix}\n`}`,
    );
  }
}
