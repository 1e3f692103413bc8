// Kinds of change and what the configuration does with each ([patch]): reject, ask a person, or accept.
import { type Refusal, refusal } from "../base/refusal.ts";
import type { Reason } from "../base/reason.ts";
import type { Config } from "../config/schema.ts";
import type { FilePatch } from "./diff-model.ts";
import type { TargetFinding, TargetFindings } from "./finding.ts";

type Patch = Config["patch"];
/** Kinds that the reader lets through at all; links, submodules and binary content are refused before. */
type Kind = Exclude<keyof Patch, "symlinks" | "gitlinks" | "binary">;

interface Trait {
  readonly key: Kind;
  readonly rule: string;
  readonly code: Reason;
  readonly why: string;
  readonly isIn: (file: FilePatch) => boolean;
}

const traits: readonly Trait[] = [
  {
    key: "mode_changes",
    rule: "mode-change",
    code: "diff_mode",
    why: "the file's mode changes",
    isIn: (file) => "modes" in file && file.modes !== undefined,
  },
  {
    key: "executables",
    rule: "executable",
    code: "diff_mode",
    why: "the new file is executable",
    isIn: (file) => file.kind === "create" && file.mode === "100755",
  },
  {
    key: "renames",
    rule: "rename",
    code: "change_kind",
    why: "the file is renamed",
    isIn: ({ kind }) => kind === "rename",
  },
  {
    key: "copies",
    rule: "copy",
    code: "change_kind",
    why: "the file is a copy",
    isIn: ({ kind }) => kind === "copy",
  },
  {
    key: "odd_names",
    rule: "odd-name",
    code: "change_kind",
    why: "the name holds letters beyond ASCII",
    isIn: isOdd,
  },
  {
    key: "crlf",
    rule: "crlf",
    code: "change_kind",
    why: "added lines end with a carriage return, others do not",
    isIn: mixesEnds,
  },
  {
    key: "missing_newline",
    rule: "missing-newline",
    code: "change_kind",
    why: "the last line has no line feed",
    isIn: losesEnd,
  },
];

/** The same question at the gateway, which advises, and at the validator, which decides. */
export function treatmentFindings(files: readonly FilePatch[], patch: Patch): TargetFindings {
  const treated = (wanted: string): readonly TargetFinding[] =>
    files.flatMap((file) =>
      traits
        .filter(({ key, isIn }) => patch[key] === wanted && isIn(file))
        .map((trait) => found(trait, file)),
    );
  return { blocking: treated("reject"), manual: treated("manual") };
}

function found({ key, rule, code, why }: Trait, file: FilePatch): TargetFinding {
  return { rule, refusal: treated(code, why, file.path, key) };
}

/** Says the key that decides, so that nobody has to search for it. */
export function treated(code: Reason, why: string, path: string, key: Kind): Refusal {
  const fix = `Change it, or have a person confirm it; patch.${key} in countersign.toml says what happens to it.`;
  return refusal(code, `${why} (patch.${key})`, path, fix);
}

/** git writes every byte beyond ASCII as an escape, in quotes; two names that look alike are told apart only there. */
function isOdd(file: FilePatch): boolean {
  const names = "from" in file ? [file.from, file.path] : [file.path];
  return names.some((name) => /[^\x20-\x7e]/.test(name));
}

/** Lines that the file had, as far as the patch shows them, or the other new ones where it had none. */
function mixesEnds({ hunks }: FilePatch): boolean {
  const lines = hunks.flatMap((hunk) => hunk.lines);
  const added = lines.filter(({ kind }) => kind === "+");
  const others = lines.filter(({ kind }) => kind !== "+");
  const isPlain = ({ text }: { readonly text: string }): boolean => !/\r\n?$/.test(text);
  return added.some((line) => !isPlain(line)) && (others.length > 0 ? others : added).some(isPlain);
}

/** Not a file that had none before: that is how it was. */
function losesEnd({ hunks }: FilePatch): boolean {
  const lines = hunks.flatMap((hunk) => hunk.lines);
  const lacks = (kinds: string): boolean =>
    lines.some(({ kind, text }) => kinds.includes(kind) && !text.endsWith("\n"));
  return lacks("+") && !lacks(" -");
}
