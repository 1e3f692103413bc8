// Commands of a shell as the shell reads them, and the places where it reads other lines than the grammar does.
import type { Node } from "web-tree-sitter";
import { UNREADABLE } from "./finding.ts";
import { type Signed, signed } from "./sign.ts";
import { within } from "./syntax.ts";

export interface Command {
  readonly name: string;
  readonly args: readonly Node[];
}

/** Commands that run the command behind them. */
const RUNS = /^(?:command|builtin|exec|env|nohup|time|nice|setsid|busybox)$/u;

/** Quotes and backslashes are no part of a name: `\eval`, `"eval"`, `e'v'al`. */
function bare(node: Node | null): string {
  return (node?.text ?? "").replaceAll(/["'\\]|\$(?=')/gu, "");
}

export function commandOf(call: Node): Command {
  let name = bare(call.childForFieldName("name"));
  let args = call.childrenForFieldName("argument").filter((node) => node !== null);
  while (RUNS.test(name)) {
    const at = args.findIndex(({ text }) => !/^-|^\w+=/u.test(text));
    if (at < 0) break;
    name = bare(args[at] ?? null);
    args = args.slice(at + 1);
  }
  return { name, args };
}

/** The text of a command as a rule's expression expects it: name first, plainly spelt. */
export function commandText(node: Node): string {
  if (node.type !== "command") return node.text;
  const { name, args } = commandOf(node);
  return [name, ...args.map(({ text }) => text)].join(" ");
}

/**
 * Threat: `<<E"F"`, which bash ends at `EF` and the grammar elsewhere, so that commands count as text; and commands between
 * backticks in the text, which the grammar does not look into. `$'\x65val'` as a name is nothing that anybody writes.
 */
export function misleading(root: Node): readonly Signed[] {
  const odd = within(root, ["command_name"]).filter((name) => within(name, ["ansi_c_string"]).length > 0);
  return [...odd.map((node) => signed(UNREADABLE, node)), ...heredocs(root)];
}

function heredocs(root: Node): readonly Signed[] {
  return within(root, ["heredoc_redirect"])
    .filter((node) => {
      const [start] = within(node, ["heredoc_start"]);
      const [end] = within(node, ["heredoc_end"]);
      const mark = /^(?:([\w.-]+)|'([\w.-]+)'|"([\w.-]+)"|\\([\w.-]+))$/u.exec(start?.text ?? "");
      const word = mark?.slice(1).find((part) => part !== undefined);
      if (word === undefined || end?.text.trim() !== word) return true;
      const isRead = mark?.[1] !== undefined;
      return isRead && within(node, ["heredoc_body"]).some(({ text }) => /(?<!\\)`/u.test(text));
    })
    .map((node) => signed(UNREADABLE, node));
}
