// `countersign preset list|show NAME`: the postures that a configuration can start from.
import { z } from "zod";
import { CountersignError } from "../../core/base/failure.ts";
import { presetNames } from "../../core/config/schema.ts";
import { printable } from "../../core/base/refusal.ts";
import { presetText } from "../../io/file/config.ts";
import { columns } from "../terminal/print.ts";
import { argument, command, json, jsonOption, printJson } from "./command.ts";

export const presetList = command({
  usage: "preset list",
  about: "the presets that a configuration can start from",
  options: [jsonOption],
  schema: z.strictObject({ ...json }),
  run: async (world, _args, options) => {
    const rows = presetNames.map((name) => ({ name, about: firstSentence(presetText(world.root, name)) }));
    if (options.json === true) printJson(world, rows);
    else world.terminal.out(columns(rows.map(({ name, about }) => [name, about])));
    return 0;
  },
});

export const presetShow = command({
  usage: "preset show <name>",
  about: "every key of a preset, with comments",
  options: [],
  schema: z.strictObject({}),
  run: async (world, args) => {
    const typed = argument(args, 0, "the preset's name");
    const name = presetNames.find((known) => known === typed);
    if (name === undefined) {
      throw new CountersignError("usage", `there is no preset "${printable(typed)}"`, {
        fix: `Known: ${presetNames.join(", ")}.`,
      });
    }
    world.terminal.out(presetText(world.root, name));
    return 0;
  },
});

/** The first comment line says what the preset is for. */
function firstSentence(text: string): string {
  const line = text.split("\n", 1)[0] ?? "";
  return line.replace(/^#\s*[\w-]+:\s*/, "").replace(/^#\s*/, "");
}
