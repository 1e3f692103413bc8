// The corpus of secrets, measured: what the shipped pack finds in each tier, and what of the clean texts.
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { scannerOf } from "../../src/core/secrets/find.ts";
import { corpus } from "../support/corpora.ts";
import { shippedRules } from "../support/served.ts";

interface Row {
  readonly id: string;
  readonly text: string;
  readonly rule: string;
  readonly positive: boolean;
  readonly tier: string;
  readonly scope: string;
}

export interface Measured {
  readonly name: string;
  readonly rows: number;
  readonly figure: string;
  readonly aim: string;
  readonly ok: boolean;
}

/** Share of each tier that has to be found; others are reported. */
const AIMS: readonly (readonly [tier: string, least: number])[] = [
  ["must", 0.99],
  ["core", 0.95],
  ["extended", 0.8],
  ["evasion", 0.99],
  ["generic", 0],
  ["evasion-hard", 0],
];

export function measure(): Promise<readonly Measured[]> {
  const all = rows();
  const clean = all.filter(({ positive, scope }) => !positive && scope === "any-scanner");
  const flagged = clean.filter(isFound);
  return Promise.resolve([
    ...AIMS.map(([tier, least]) => share(tier, all.filter((row) => row.positive && row.tier === tier), least)),
    {
      name: "secrets: clean, flagged",
      rows: clean.length,
      figure: String(flagged.length),
      aim: "0",
      ok: flagged.length === 0,
    },
  ]);
}

function share(tier: string, of: readonly Row[], least: number): Measured {
  const part = of.length === 0 ? 0 : of.filter(isFound).length / of.length;
  return {
    name: `secrets: ${tier}, found`,
    rows: of.length,
    figure: of.length === 0 ? "no rows" : `${(part * 100).toFixed(1)} %`,
    aim: least === 0 ? "reported" : `>= ${least * 100} %`,
    ok: part >= least,
  };
}

const scanner = scannerOf(shippedRules().secrets);

function isFound({ text }: Row): boolean {
  return scanner.find(text, { path: "text", entropy: true }).length > 0;
}

function rows(): readonly Row[] {
  const path = corpus("secrets/secrets.jsonl.gz");
  if (!existsSync(path)) return [];
  const lines = gunzipSync(readFileSync(path)).toString("utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Row);
}
