// Words that stand below everything else of gates: classes of values, and how a requirement tree is written.

/** What a value may be. `scalars`: an array of scalars; `array`: any other array; `dynamic`: anything. */
export const classes = [
  "boolean",
  "enum",
  "uuid",
  "integer",
  "number",
  "date",
  "date-time",
  "string",
  "scalars",
  "array",
  "object",
  "null",
  "dynamic",
] as const;
export type Class = (typeof classes)[number];

/** As it is written in TOML: `"tests"`, `{ all = [...] }`, `{ any = [...] }`, `{ not = … }`, `{ at_least = 2, of = [...] }`. */
export type Tree =
  | string
  | { readonly all: readonly Tree[] }
  | { readonly any: readonly Tree[] }
  | { readonly not: Tree }
  | { readonly at_least: number; readonly of: readonly Tree[] };
