// Opening what entries committed to: what stands beside the log must be what was taken out of it, or be erased.
import { readLine } from "../../core/audit/chain.ts";
import type { AuditEntry } from "../../core/audit/entry.ts";
import type { AuditKeys } from "../../core/audit/sealed-line.ts";
import { ownerIn } from "../../core/audit/subject.ts";
import { openNames } from "../../io/store/sqlite/subject-names.ts";
import type { Report } from "./report.ts";
import { contentOf } from "./selection.ts";
import type { LogSource } from "./verify.ts";

interface Place {
  readonly position: number;
  readonly shard: string;
  readonly seq: number;
}

export interface Commitments {
  readonly opened: number;
  /** Their rows are gone, and an entry `privacy.erased` says so. */
  readonly erased: number;
  /** Their rows are gone, and no entry says why. */
  readonly missing: number;
  /** A key of the log is not at hand. */
  readonly locked: number;
  /** Something else stands there: the first ones. */
  readonly changed: readonly Place[];
}

const MOST = 100;

/** Of a log that was walked before: rows that are no entries are passed over. */
export function openCommitments(log: LogSource, keys: AuditKeys, database: string): Commitments {
  const counts = { opened: 0, locked: 0, none: 0 };
  const changed: Place[] = [];
  const gone = new Map<string, number>();
  const erased = new Set<string>();
  const names = openNames(database, keys);
  try {
    for (const { position, line } of log.rows()) {
      const entry = contentOf(line, keys);
      if (entry === "locked") counts.locked += isSealed(line) ? 1 : 0;
      if (typeof entry === "string") continue;
      if (entry.event === "privacy.erased") erased.add(String(entry.data["subject"]));
      const state = names.commitmentOf(entry, position);
      if (state === "erased") add(gone, ownerIn(entry));
      else if (state === "false") changed.push(...placed(entry, position, changed.length));
      else counts[state] += 1;
    }
  } finally {
    names.close();
  }
  const sum = (is: boolean): number =>
    [...gone].reduce((all, [owner, some]) => (erased.has(owner) === is ? all + some : all), 0);
  const { opened, locked } = counts;
  return { opened, erased: sum(true), missing: sum(false), locked, changed };
}

function add(gone: Map<string, number>, owner: string): void {
  gone.set(owner, (gone.get(owner) ?? 0) + 1);
}

function placed({ shard, seq }: AuditEntry, position: number, known: number): readonly Place[] {
  return known < MOST ? [{ position, shard, seq }] : [];
}

function isSealed(line: string | null): boolean {
  const read = line === null ? undefined : readLine(line);
  return read?.ok === true && read.said.kind === "sealed";
}

/**
 * What was found, in the words of the log's own report. A row that does not open is a column that differs from its line:
 * `LEAF_COLUMN_MISMATCH`, behind any fault of the log itself.
 */
export function withCommitments(report: Report, commitments: Commitments): Report {
  const { opened, erased, missing, locked, changed } = commitments;
  const note = `personal data: ${opened} commitments open, ${erased} were erased${missing === 0 ? "" : `, ${missing} are gone without an entry that says so`}${locked === 0 ? "" : `, ${locked} entries cannot be read without their key`}`;
  const notes = [...report.notes, note];
  const [first] = changed;
  if (first === undefined || report.verdict === "damaged") return { ...report, notes };
  const { shard, seq } = first;
  return {
    ...report,
    ok: false,
    verdict: "damaged",
    code: "LEAF_COLUMN_MISMATCH",
    shard,
    seq,
    suspects: [seq],
    expected: "what the entry committed to",
    actual: "something else in the rows beside it",
    message: `what is kept of a person beside entry ${seq} of ${shard} is not what the entry committed to; the log itself holds, ${changed.length} such`,
    notes,
  };
}
