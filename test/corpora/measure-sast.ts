// Static analysis measured on the corpus of weak and clean code: recall, and findings on the clean files of real projects.
import { z } from "zod";
import { loadRules } from "../../src/io/file/rules.ts";
import { packageRoot } from "../../src/io/file/config.ts";
import { inspectorProgram, openInspector } from "../../src/validator/scanners/inspector.ts";
import { rows } from "../support/corpora.ts";

const rowSchema = z.object({
  id: z.string(),
  language: z.string(),
  text: z.string(),
  path: z.string(),
  rule: z.string(),
  source: z.string(),
  positive: z.boolean(),
});

/** Test data of other scanners: their negatives are labelled for one rule each. */
const SUITES = /^(?:ajinabraham|eslint-community|PyCQA|cisco)/u;

export interface Judged extends z.infer<typeof rowSchema> {
  readonly suite: boolean;
  readonly found: readonly string[];
}

/** Every row, with the rules that it broke. Hidden text is another check's matter. */
export async function judgeSast(): Promise<readonly Judged[]> {
  const root = packageRoot();
  const inspector = openInspector(inspectorProgram(process.execPath, root));
  const rules = JSON.stringify(loadRules(root)["static-analysis"].rules);
  const judged: Judged[] = [];
  for (const raw of rows("sast/sast.jsonl")) {
    const row = rowSchema.parse(raw);
    const path = row.path.includes(".") ? row.path : `${row.path}.${row.language === "python" ? "py" : "js"}`;
    const { found } = await inspector.analyse([{ path, text: row.text }], rules);
    judged.push({ ...row, suite: SUITES.test(row.source), found: [...new Set(found.map(({ rule }) => rule))] });
  }
  await inspector.close();
  return judged;
}

interface Figure {
  readonly name: string;
  readonly rows: number;
  readonly figure: string;
  readonly aim: string;
  readonly ok: boolean;
}

export async function measure(): Promise<readonly Figure[]> {
  const judged = await judgeSast();
  const weak = judged.filter(({ positive, rule }) => positive && !/bidi|trojan/u.test(rule));
  const clean = judged.filter(({ positive, suite }) => !positive && !suite);
  const twins = judged.filter(({ positive, suite }) => !positive && suite);
  const hit = (some: readonly Judged[]): number =>
    some.filter(({ found }) => found.some((rule) => rule !== "unreadable" && rule !== "misread")).length;
  const recall = weak.length === 0 ? 1 : hit(weak) / weak.length;
  const falls = hit(twins);
  return [
    { name: "sast: weak code", rows: weak.length, figure: `${(recall * 100).toFixed(1)} % found`, aim: "≥ 85 %", ok: recall >= 0.85 },
    { name: "sast: clean files", rows: clean.length, figure: `${hit(clean)} with findings`, aim: "0", ok: hit(clean) === 0 },
    { name: "sast: negatives of other suites", rows: twins.length, figure: `${falls} with findings`, aim: "reported", ok: true },
  ];
}
