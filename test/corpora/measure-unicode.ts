// The corpus of hidden and honest characters, measured: what is found when a patch adds it, and what passes.
import { hiddenIn } from "../../src/core/content/hidden.ts";
import { rows } from "../support/corpora.ts";

interface Row {
  readonly id: string;
  readonly text: string;
  readonly kind: string;
  readonly positive: boolean | null;
  readonly path: string;
}

export interface Measured {
  readonly name: string;
  readonly rows: number;
  readonly figure: string;
  readonly aim: string;
  readonly ok: boolean;
}

const isHomoglyph = ({ kind }: Row): boolean => /homoglyph|confusable/.test(kind);

/** Ids of rows on the wrong side: what a failing test prints. */
export function wrong(positive: boolean): readonly string[] {
  return all()
    .filter((row) => row.positive === positive && found(row) !== positive)
    .map(({ id, kind }) => `${id} ${kind}`);
}

export function measure(): Promise<readonly Measured[]> {
  const rowsOf = all();
  const hidden = rowsOf.filter((row) => row.positive === true && !isHomoglyph(row));
  const posing = rowsOf.filter((row) => row.positive === true && isHomoglyph(row));
  const honest = rowsOf.filter((row) => row.positive === false);
  const policy = rowsOf.filter((row) => row.positive === null);
  return Promise.resolve([
    share("unicode: hidden, found", hidden, 0.99),
    share("unicode: homoglyphs, found", posing, 0),
    {
      name: "unicode: honest, passed",
      rows: honest.length,
      figure: percent(honest.length - honest.filter(found).length, honest.length),
      aim: "100 %",
      ok: !honest.some(found),
    },
    share("unicode: a matter of policy, found", policy, 0),
  ]);
}

function all(): readonly Row[] {
  return rows("unicode/unicode.jsonl") as readonly Row[];
}

function found({ path, text }: Row): boolean {
  return hiddenIn(path, text).length > 0;
}

function share(name: string, of: readonly Row[], least: number): Measured {
  const hits = of.filter(found).length;
  const aim = least === 0 ? "reported" : `>= ${least * 100} %`;
  return { name, rows: of.length, figure: percent(hits, of.length), aim, ok: hits >= of.length * least };
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "no rows" : `${((part / whole) * 100).toFixed(1)} %`;
}
