// What a command is: a row of words, options and help, and the function behind it. Commander and docs/cli.md are made of it.
import { z } from "zod";
import { type ConfigOverride, environmentOverrides, flagOverrides } from "../../core/config/overrides.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import { jsonText } from "../terminal/print.ts";
import type { World } from "../world.ts";

export interface OptionRow {
  /** As commander reads it: `--confirm <prefix>`. */
  readonly flags: string;
  readonly about: string;
}

export interface CommandRow {
  /** Words and arguments: `attest verify [file-or-branch]`. */
  readonly usage: string;
  readonly about: string;
  readonly options: readonly OptionRow[];
  /**
   * `options` as commander parsed them; the row checks them itself. Resolves with the exit code: 0 done · 1 refused,
   * tampered or failed · 2 cannot tell (usage, configuration, missing key) · 74 storage failure.
   */
  readonly run: (world: World, args: readonly (string | undefined)[], options: unknown) => Promise<number>;
}

interface Definition<T> {
  readonly usage: string;
  readonly about: string;
  readonly options: readonly OptionRow[];
  readonly schema: z.ZodType<T>;
  readonly run: (world: World, args: readonly (string | undefined)[], options: T) => Promise<number>;
}

export function command<T>({ schema, run, ...words }: Definition<T>): CommandRow {
  return {
    ...words,
    run: (world, args, options) => {
      const parsed = schema.safeParse(options);
      if (parsed.success) return run(world, args, parsed.data);
      const [issue] = parsed.error.issues;
      throw new CountersignError(
        "usage",
        printable(`option ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "is not valid"}`),
      );
    },
  };
}

const text = z.string().min(1).max(4096);

export const placeOptions: readonly OptionRow[] = [
  { flags: "--repo <dir>", about: "the repository (default: the one you stand in)" },
  {
    flags: "--state <dir>",
    about: "its state folder (default: COUNTERSIGN_STATE, else one below your XDG state folder)",
  },
];
/** Only for commands that read it: an option that is taken and left unread lets a person believe that it counted. */
export const whereOptions: readonly OptionRow[] = [
  ...placeOptions,
  { flags: "--config <file>", about: "this configuration instead of the one in the state folder" },
];
export const setOption: OptionRow = {
  flags: "--set <key=value...>",
  about: "override keys of the configuration (not those of the policy)",
};
export const settings = { set: z.array(text).optional() };

/** Environment first, flags over it. */
export function overridesOf(world: World, set: readonly string[] = []): readonly ConfigOverride[] {
  return [...environmentOverrides(world.env), ...flagOverrides(set)];
}

export const jsonOption: OptionRow = { flags: "--json", about: "print JSON" };

export const namesOption: OptionRow = {
  flags: "--names",
  about: "name people, as far as the store knows who a pseudonym is (audit.personal)",
};
export const namesField = { names: z.boolean().optional() };

export const placeFields = { repo: text.optional(), state: text.optional() };
export const where = { ...placeFields, config: text.optional() };
export const json = { json: z.boolean().optional() };

/** The options that lead a command shown to the person back to the same state: empty when it is the default one. */
export function sameState(options: { readonly state?: string | undefined }): string {
  return options.state === undefined ? "" : ` --state ${options.state}`;
}

export function argument(args: readonly (string | undefined)[], index: number, name: string): string {
  const value = args[index];
  if (value === undefined || value === "")
    throw new CountersignError("usage", `${name} is missing`, { fix: "countersign help shows how." });
  return value;
}

export function printJson(world: World, value: unknown): void {
  world.terminal.out(`${jsonText(value)}\n`);
}
