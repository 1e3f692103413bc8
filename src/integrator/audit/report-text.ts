// The report of audit verify in plain words: the outcome first, then the three verdicts, each on its own line.
import { printable } from "../../core/base/refusal.ts";
import { columns, type Paint } from "../terminal/print.ts";
import type { AnchorFacts, Finding } from "./judge.ts";
import { type Report, sentence } from "./report.ts";

const style = { holds: "green", damaged: "red", unknown: "yellow" } as const;
/** "holds" only with a checkpoint; the words for the rest promise nothing. */
const word = { holds: "sealed", damaged: "DAMAGED", unknown: "cannot tell" } as const;

export function reportText(report: Report, paint: Paint): string {
  const { verdict, code, message, expected, actual } = report;
  const head = `${paint(style[verdict], word[verdict])}${code === null ? "" : ` ${code}`}: ${printable(message)}\n`;
  const words =
    expected === null ? "" : `expected ${printable(expected)}\nfound    ${printable(actual ?? "")}\n`;
  const facts = columns(
    [
      ["integrity", integrity(report)],
      ["sealed up to", sealed(report)],
      ["completeness", completeness(report)],
      ...report.doubts.map((doubt) => ["cannot tell", printable(doubt)]),
      ...report.notes.map((note) => ["note", printable(note)]),
      ...report.completeness.passedOver.map(({ name, why }) => ["passed over", printable(`${name}: ${why}`)]),
    ],
    (cell, column) => (column === 0 ? paint("dim", cell) : cell),
  );
  return `${head}${words}${facts}${rest(report)}`;
}

function integrity({ integrity: { holds, unread }, entries, shards, line, byteOffset }: Report): string {
  if (!holds) {
    const place =
      line === null ? "" : ` (line ${line}${byteOffset === null ? "" : `, byte ${byteOffset}`} of an export)`;
    return `does not hold${place}`;
  }
  const names =
    shards.length > 1 ? ` in ${shards.length} parts, ${shards[0]?.shard} to ${shards.at(-1)?.shard}` : "";
  const locked = unread === 0 ? "" : `; ${unread} encrypted ones were not read`;
  return `${entries} entries${names}: links, numbers, stored hashes and canonical form hold${locked}`;
}

function sealed({ sealed: { upTo, unsealed }, coveredByCheckpoint, verdict }: Report): string {
  if (verdict === "damaged")
    return coveredByCheckpoint === null
      ? "no checkpoint covers that entry"
      : `that entry is covered by ${anchorWords(coveredByCheckpoint)}`;
  if (upTo === null) return "nothing: there is no checkpoint that a pinned sealer key signed";
  const tail = unsealed === 0 ? "nothing behind it" : `${unsealed} entries behind it are not sealed yet`;
  return `${upTo.size} entries of ${upTo.shard}, signed by ${upTo.keyid ?? "nobody"}; ${tail}`;
}

function completeness({ completeness: { fits, onlyBeside, unchecked } }: Report): string {
  if (fits.length === 0) return "nobody can tell: nothing says how long the log was";
  const list = fits.map(anchorWords).join(", ");
  const only = onlyBeside
    ? "; all of them lie beside the log: whoever replaced it with them leaves no trace there (keep one with audit head --note)"
    : "";
  const not = unchecked === 0 ? "" : `; ${unchecked} were not reached`;
  return `fits ${list}${only}${not}`;
}

const places: Readonly<Record<AnchorFacts["source"], string>> = {
  sealed: "the sealer's checkpoint",
  receipt: "a receipt",
  verdict: "a verdict",
  landed: "a landing in the repository",
  remembered: "what was remembered here",
  given: "the one given",
};

function anchorWords({ source, size }: AnchorFacts): string {
  return `${places[source]} (${size})`;
}

/** With --all: everything that is wrong, one line each. */
function rest({ findings, further }: Report): string {
  const lines = findings
    .slice(1)
    .map((finding: Finding) => `${finding.code}: ${printable(sentence(finding))}\n`);
  const more = further === 0 ? "" : `${further} more; --all lists them\n`;
  return `${lines.join("")}${more}`;
}
