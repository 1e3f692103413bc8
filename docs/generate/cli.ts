// docs/cli.md: the person's commands from their table, those of the other two wings from what they answer to --help.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { CommandRow } from "../../src/integrator/commands/command.ts";
import { commands } from "../../src/integrator/commands/table.ts";
import { cell, code, generated, table } from "./markdown.ts";

/** Commands that bin/countersign.js sends to gateway and validator, with what is in front of their own help. */
const others: readonly (readonly [words: string, note: string])[] = [
  [
    "gateway",
    "The agent-facing process alone; `up` starts it. It restarts itself under Node's permission model.",
  ],
  ["actions openapi", "The OpenAPI document of the tools, for a custom GPT's action; it serves nobody."],
  ["validator", "The validating process alone; `up` starts it. One for each state folder at a time."],
  ["keys new", "Make the key pairs that are missing; `init` and `up` do it for a new state folder."],
  [
    "keys list",
    "Keys with their ids, as `ssh-keygen -lf` prints them, and how long they last. Fewer than `keys.warn_days` days make a warning, and exit code 0.",
  ],
  [
    "evidence sign",
    "Sign evidence for gates, in a CI job; formats/evidence.md shows one. It needs no state folder.",
  ],
  ["schema sign", "Sign an evidence schema, for `schema add`."],
];

const intro = `# Commands

Commands about a repository are run inside it, or with \`--repo DIR\`. \`countersign COMMAND --help\` prints the same as here.
Results go to standard output, messages to standard error.

| exit code | means |
| --- | --- |
| 0 | done |
| 1 | refused, tampered or failed |
| 2 | cannot tell: usage, configuration, missing key or state |
| 74 | storage failure |
| 75 | only \`countersign validator\`: another validator serves this state folder, or its configuration was changed |
`;

export function cliPage(root: string): string {
  const own = commands.map(ownCommand);
  const foreign = others.map(([words, note]) => foreignCommand(root, words, note));
  return [generated("the commands' own tables and help"), intro, ...own, ...foreign].join("\n");
}

function ownCommand({ usage, about, options }: CommandRow): string {
  const rows = options.map((option) => [code(option.flags), cell(option.about)]);
  const text = rows.length === 0 ? "" : `\n${table(["option", ""], rows)}`;
  return `## ${code(`countersign ${usage}`)}\n\n${sentence(about)}\n${text}`;
}

function foreignCommand(root: string, words: string, note: string): string {
  return `## ${code(`countersign ${words}`)}\n\n${note}\n\n\`\`\`text\n${help(root, words)}\n\`\`\`\n`;
}

function help(root: string, words: string): string {
  const args = [join(root, "bin", "countersign.js"), ...words.split(" "), "--help"];
  // Not the width of whoever runs the generator, nor their colours.
  const env = { ...process.env, NO_COLOR: "1", COLUMNS: "80" };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", env });
  if (status !== 0) throw new Error(`countersign ${words} --help ended with ${String(status)}: ${stderr}`);
  return stdout.trim();
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
