// What is known of the names in one file, while it is gathered and afterwards.
import type { Node } from "web-tree-sitter";
import type { Language } from "../../core/analysis/rules.ts";

export interface Names {
  /** Module and member that a local name stands for: `e` → `child_process.exec`. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Everything that is assigned to a name. */
  readonly values: ReadonlyMap<string, readonly Node[]>;
  /** What is put into what a name stands for. */
  readonly writes: ReadonlyMap<string, readonly Node[]>;
  /** Names that the file itself declares. */
  readonly declared: ReadonlySet<string>;
  /** Names that users of the program fill: parameters of routes and tools. */
  readonly given: ReadonlySet<string>;
  readonly imports: readonly { readonly module: string; readonly node: Node }[];
  /** Modules all members of which are names here: `from os import *`, and Go's `import . "os/exec"`. */
  readonly open: readonly string[];
}

/** The same, while it is gathered. */
export interface Gathered {
  readonly language: Language;
  readonly aliases: Map<string, string>;
  readonly values: Map<string, Node[]>;
  readonly writes: ReadonlyMap<string, readonly Node[]>;
  readonly declared: Set<string>;
  readonly given: Set<string>;
  readonly imports: { module: string; node: Node }[];
  readonly open: string[];
}
