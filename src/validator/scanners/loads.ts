// Modules that a program asks for while it runs: by functions, by the table of what is loaded, by names with their package.
import type { Node } from "web-tree-sitter";
import type { Names } from "./gathered.ts";

/** Functions that hand out the module that their first argument names. */
export const LOADS =
  /^(?:require|import|(?:.+\.)?(?:__import__|import_module|getBuiltinModule|_load|createRequire\(\)|resolve_name|run_module)|process\.binding|imp\.load_\w+|.+\.require|(?:.+\.)?sys\.modules\.(?:get|pop|setdefault|__getitem__))$/u;

/** Python's table of what is loaded. */
export const LOADED = /(?:^|\.)sys\.modules$/u;

/** What hands out all others: a name for it is worth following. */
export const POWERS =
  /^(?:require|eval|Function|exec|execfile|compile|__import__|__builtins__|module|process|globalThis|global)$/u;

const PACKAGED = /^[a-z]\w*(?:\.[a-z]\w*)+\.[A-Z]\w*[a-z]\w*/u;

/** In Java a name with its package needs no import. */
export function packaged(root: Node, { declared }: Pick<Names, "declared">): Names["imports"] {
  return root.descendantsOfType(["scoped_type_identifier", "field_access"]).flatMap((node) => {
    if (/^(?:scoped_type_identifier|field_access)$/u.test(node.parent?.type ?? "")) return [];
    const module = PACKAGED.exec(node.text.slice(0, 1000).replaceAll(/\s|\/\*[^*]*\*\//gu, ""))?.[0];
    const [first = ""] = module?.split(".", 1) ?? [];
    return module === undefined || declared.has(first) ? [] : [{ module, node }];
  });
}
