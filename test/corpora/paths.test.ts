// Every path of the corpus: what must be refused is refused or blocked, what must be accepted is neither.
import { describe, expect, test } from "vitest";
import { byteText, fromUtf8 } from "../../src/core/base/bytes.ts";
import { repoPath } from "../../src/core/base/path.ts";
import { protector } from "../../src/core/proposal/protect.ts";
import { hasCorpora, rows, table } from "../support/corpora.ts";
import { measure } from "./measure-paths.ts";
import { shippedRules } from "../support/served.ts";

interface Row {
  readonly id: string;
  readonly path?: string;
  readonly path_b64?: string;
  readonly kind: string;
  readonly must: "reject" | "no_escape" | "reject_or_manual" | "manual" | "policy" | "accept";
}

const protect = protector(shippedRules().paths);
const DEPTH = 16;

/** What happens to a patch that names the path: bytes that are no UTF-8 never become a name. */
function judged(row: Row): "refused" | "blocked" | "manual" | "accepted" {
  const bytes = row.path_b64 === undefined ? undefined : Buffer.from(row.path_b64, "base64");
  const text = bytes === undefined ? (row.path ?? "") : fromUtf8(bytes);
  if (text === undefined) return "refused";
  if (!repoPath(text, DEPTH).ok) return "refused";
  const protection = protect(text);
  if (protection === undefined) return "accepted";
  return protection.code === "path_blocked" ? "blocked" : "manual";
}

const ALLOWED: Readonly<Record<Row["must"], readonly string[]>> = {
  reject: ["refused", "blocked"],
  reject_or_manual: ["refused", "blocked", "manual"],
  manual: ["manual"],
  accept: ["accepted", "manual"],
  policy: ["refused", "blocked", "manual", "accepted"],
  no_escape: ["refused", "blocked", "manual", "accepted"],
};

describe.skipIf(!hasCorpora())("paths of the corpus", () => {
  const all = rows("paths/paths.jsonl") as readonly Row[];

  test.each(Object.keys(ALLOWED) as Row["must"][])("must %s", (must) => {
    const own = all.filter((row) => row.must === must);
    const wrong = own.filter((row) => !ALLOWED[must].includes(judged(row)));
    const shown = wrong.slice(0, 40).map((row) => `${judged(row)}: ${JSON.stringify(row.path ?? row.path_b64)} (${row.kind}, ${row.id})`);
    expect(own.length).toBeGreaterThan(0);
    expect(shown, table(wrong, (row) => row.kind)).toEqual([]);
  });

  test("a name taken literally is written back byte for byte: nothing in it is decoded", () => {
    for (const row of all.filter(({ must }) => must === "no_escape")) {
      const result = repoPath(row.path ?? "", DEPTH);
      if (!result.ok) continue;
      expect(byteText(Buffer.from(result.value))).toBe(byteText(Buffer.from(row.path ?? "")));
      expect(result.value).not.toMatch(/^\/|(?:^|\/)\.\.?(?:\/|$)|\\/);
    }
  });

  test("real calls read, find and propose what they should, and nothing else", async () => {
    const wrong = (await measure(12)).filter(({ ok }) => !ok);
    expect(wrong).toEqual([]);
  });
});
