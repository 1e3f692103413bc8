// Snapshots of Jest and Vitest, in the inspector's child: JavaScript that both run, and that should hold nothing but texts.
import type { Node } from "web-tree-sitter";
import { MISREAD } from "./finding.ts";
import { type Signed, signed, signedAll } from "./sign.ts";
import { within } from "./syntax.ts";

/** Test runners hand these to `new Function`. */
export function isSnapshot(path: string): boolean {
  return /\.(?:snap|storyshot)$/iu.test(path);
}

/** A file of insta (Rust) begins so, and no program of JavaScript can. */
export function isOtherSnapshot(text: string): boolean {
  return text.startsWith("---\n") || text.startsWith("---\r\n");
}

/** Line ends that only the language knows: what the grammar takes for a comment goes on as code behind them. */
const HIDDEN_END = /\r(?!\n|$)|[\u2028\u2029]/u;

/** Every statement but ``exports[`name`] = `text`;``, where both are texts with nothing to work out in them. */
export function runningParts(root: Node, text: string): readonly Signed[] {
  const odd = root.namedChildren.filter((node) => node !== null && !isComment(node) && !isText(node));
  const parts = odd.flatMap((node) => (node === null ? [] : [signed(MISREAD, node)]));
  return commentsOf(root).some((comment) => HIDDEN_END.test(comment.text))
    ? [signedAll(MISREAD, text), ...parts]
    : parts;
}

function commentsOf(root: Node): readonly Node[] {
  return root.namedChildren.filter((node) => node !== null && isComment(node));
}

/** `<!-- x` is a comment of one line; the grammar goes on to `-->`. */
function isComment(node: Node): boolean {
  return node.type === "comment" && /^\/[/*]/u.test(node.text);
}

function isText(statement: Node): boolean {
  const [assignment] = statement.namedChildren;
  if (statement.type !== "expression_statement" || statement.namedChildCount !== 1) return false;
  if (assignment?.type !== "assignment_expression") return false;
  const [left, right] = [assignment.childForFieldName("left"), assignment.childForFieldName("right")];
  return (
    left?.type === "subscript_expression" &&
    left.childForFieldName("object")?.text === "exports" &&
    isConstant(left.childForFieldName("index")) &&
    isConstant(right)
  );
}

function isConstant(node: Node | null): boolean {
  if (node === null || !/^(?:template_string|string)$/u.test(node.type)) return false;
  return within(node, ["template_substitution"]).length === 0;
}
