// The corpus of prompt injections and of benign technical text, measured in two halves: rules are written with one alone.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { sha256 } from "../../src/core/base/digest.ts";
import { compileGuard, type Guard } from "../../src/core/content/guard.ts";
import { guardRulesSchema } from "../../src/core/content/guard-pack.ts";
import { rows } from "../support/corpora.ts";
import type { Measured } from "./measure-unicode.ts";

export interface InjectionRow {
  readonly id: string;
  readonly text: string;
  readonly label: "injection" | "injection-contextual" | "benign" | "benign-hard";
  readonly kind: string;
}

export function shippedGuard(): Guard {
  const file = join(import.meta.dirname, "../../config/rules/guard.toml");
  return compileGuard(guardRulesSchema.parse(parse(readFileSync(file, "utf8"))));
}

export function injectionRows(): readonly InjectionRow[] {
  return rows("injections/injections.jsonl") as readonly InjectionRow[];
}

/** Rules were written with the even half in view; the odd one was only counted. */
export function half({ id }: InjectionRow): "even" | "odd" {
  return Number.parseInt(sha256(id).at(-1) ?? "0", 16) % 2 === 0 ? "even" : "odd";
}

export function measure(): Promise<readonly Measured[]> {
  const guard = shippedGuard();
  const all = injectionRows();
  const line = (label: InjectionRow["label"], of: "even" | "odd" | "all", aim: string, ok: (share: number) => boolean): Measured => {
    const own = all.filter((row) => row.label === label && (of === "all" || half(row) === of));
    const hits = own.filter(({ text }) => guard.look(text).flagged).length;
    const share = own.length === 0 ? 0 : hits / own.length;
    return { name: `${label}, ${of}: flagged`, rows: own.length, figure: `${(share * 100).toFixed(1)} %`, aim, ok: ok(share) };
  };
  const told = (): boolean => true;
  return Promise.resolve([
    line("injection", "all", ">= 85 %", (share) => share >= 0.85),
    line("injection", "even", "reported", told),
    line("injection", "odd", "reported", told),
    line("injection-contextual", "all", "reported", told),
    line("benign", "all", "< 3 %", (share) => share < 0.03),
    line("benign", "even", "reported", told),
    line("benign", "odd", "reported", told),
    line("benign-hard", "all", "reported", told),
  ]);
}
