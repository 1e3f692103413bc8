// An export can be verified by whoever has it, says when its log does not hold, and does nothing in a spreadsheet.
import Database from "better-sqlite3";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { originOf } from "../../../src/core/audit/checkpoint.ts";
import { leafHash } from "../../../src/core/audit/entry.ts";
import { openProof } from "../../../src/core/audit/tlog-proof.ts";
import { exported } from "../../../src/integrator/audit/export.ts";
import { withVerified } from "../../../src/integrator/audit/verify-state.ts";
import { auditExport } from "../../../src/integrator/commands/audit-export.ts";
import { auditVerify } from "../../../src/integrator/commands/audit-verify.ts";
import type { Report } from "../../../src/integrator/audit/report.ts";
import { entryIn, relinked, rowOf, soundLog } from "../../support/audit-lab.ts";
import { NOVEMBER, openSealedDesk, SEALED, type SealedDesk, SEPTEMBER } from "../../support/sealed-desk.ts";
import { meddleWithLog } from "../../support/stores.ts";
import { testWorld } from "../../support/world.ts";

let desk: SealedDesk;
beforeEach(async () => {
  desk = await openSealedDesk();
});
afterEach(() => desk.remove());

const lines = (text: string): string[] => text.split("\n").slice(0, -1);
const at = (...names: string[]): string => join(desk.repo, ...names);

/** `audit verify --file`, in a folder that knows nothing of the state. */
async function offline(
  file: string,
  checkpoints: readonly string[],
): Promise<{ code: number; report: Report }> {
  const world = testWorld({ cwd: desk.repo });
  const sealer = join(desk.places.trust, "sealer.pub.pem");
  const code = await auditVerify.run(world, [], { file, sealer, checkpoint: checkpoints, json: true });
  return { code, report: JSON.parse(world.said.out) as Report };
}

describe("exact lines", () => {
  test("byte for byte, all of them", async () => {
    const { code, said } = await desk.run(auditExport);
    expect(code).toBe(0);
    expect(said.out).toBe(desk.rows.map(({ line }) => `${line}\n`).join(""));
    expect(said.err).toMatch(/^exported 340 entries/);
  });

  test.each([
    [{ from: "10", to: "12" }, [10, 11, 12]],
    [{ shard: "2026-11", from: "0", to: "1" }, [SEPTEMBER, SEPTEMBER + 1]],
    [{ shard: "2026-09", from: "38" }, [38, 39]],
    [{ event: "shard.*" }, [0, SEPTEMBER - 1, SEPTEMBER]],
    [{ event: "verdict.received", to: "20" }, [3, 10, 17]],
    [{ actor: "agent-1", to: "5" }, [1, 4]],
    [{ actor: "nobody" }, []],
  ])("%o", async (options, positions) => {
    const { said } = await desk.run(auditExport, options);
    expect(lines(said.out)).toEqual(positions.map((position) => desk.rows[position]!.line));
  });

  test("by time, from the first moment to before the last, and by patch", async () => {
    const since = entryIn(desk.rows[20]!).ts;
    const until = entryIn(desk.rows[22]!).ts;
    const { said } = await desk.run(auditExport, { since, until });
    expect(lines(said.out)).toEqual([desk.rows[20]!.line, desk.rows[21]!.line]);
    const { data } = entryIn(desk.rows[3]!);
    const about = await desk.run(auditExport, { patch: String(data["patch_id"]) });
    expect(lines(about.said.out)).toEqual([desk.rows[3]!.line]);
  });

  test("a part, in another folder: verified with a checkpoint and the sealer's key alone", async () => {
    const kept = desk.keep(1, 250);
    expect((await desk.run(auditExport, { shard: "2026-11", out: "november.ndjson" })).code).toBe(0);
    const whole = await offline("november.ndjson", [kept]);
    expect(whole).toMatchObject({
      code: 0,
      report: { ok: true, entries: NOVEMBER, unsealedTail: NOVEMBER - 250 },
    });
    const [checkpoint = ""] = readdirSync(desk.repo).filter((name) => name.endsWith("2026-11.checkpoint"));
    expect((await offline("november.ndjson", [at(checkpoint)])).report.sealed.upTo?.size).toBe(SEALED);
    const text = readFileSync(at("november.ndjson"), "utf8");
    const bent = (change: (all: string[]) => string[]): void =>
      writeFileSync(
        at("bent.ndjson"),
        change(lines(text))
          .map((line) => `${line}\n`)
          .join(""),
      );
    bent((all) => all.toSpliced(7, 1));
    expect(await offline("bent.ndjson", [kept])).toMatchObject({
      code: 1,
      report: { code: "SEQ_GAP", seq: 7, line: 8 },
    });
    bent((all) => all.slice(0, 200));
    expect(await offline("bent.ndjson", [kept])).toMatchObject({
      code: 1,
      report: { code: "ROLLBACK", seq: 200 },
    });
    bent((all) => all.with(9, all[9]!.replace('"principal":"', '"principal":"x')));
    expect(await offline("bent.ndjson", [kept])).toMatchObject({
      code: 1,
      report: { code: "PREV_MISMATCH", seq: 9 },
    });
    writeFileSync(at("bent.ndjson"), text.slice(0, -9));
    expect(await offline("bent.ndjson", [kept])).toMatchObject({
      code: 1,
      report: { code: "TORN_TAIL", seq: NOVEMBER - 1 },
    });
    writeFileSync(at("bent.ndjson"), `${text}${"x".repeat(3_000_000)}`);
    expect(await offline("bent.ndjson", [kept])).toMatchObject({
      code: 1,
      report: { code: "BAD_JSON", seq: NOVEMBER },
    });
    // Nothing to compare with: nobody can tell. The same for lines without their beginning.
    expect((await offline("november.ndjson", [])).code).toBe(2);
    bent((all) => all.slice(5));
    expect((await offline("bent.ndjson", [kept])).code).toBe(2);
  });
});

test("a proof for each sealed entry, which the sealer's key opens", async () => {
  const { code } = await desk.run(auditExport, { shard: "2026-11", from: "255", out: "proven", proof: true });
  expect(code).toBe(0);
  const names = readdirSync(at("proven", "proofs"));
  expect(names).toHaveLength(SEALED - 255);
  for (const name of names) {
    const seq = Number(/-(\d+)\.tlog-proof$/.exec(name)?.[1]);
    const proof = readFileSync(at("proven", "proofs", name));
    const opened = openProof(proof, originOf(desk.deployment, "2026-11"), [desk.sealer.publicKey]);
    expect(opened).toMatchObject({ ok: true, index: seq, line: desk.rows[SEPTEMBER + seq]!.line });
  }
  expect(readdirSync(at("proven")).toSorted()).toEqual([
    "2026-11.checkpoint",
    "entries.ndjson",
    "proofs",
    "report.json",
  ]);
  expect(JSON.parse(readFileSync(at("proven", "report.json"), "utf8"))).toMatchObject({
    entries: 45,
    report: { ok: true },
  });
});

describe("CSV", () => {
  test("as many rows as entries, and no cell that a spreadsheet runs", async () => {
    const hostile = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "a;=1", 'a"b', "a,b", "a\r\nb"];
    const rows = soundLog([["2026-11", hostile.length + 1]]).map((row, n) =>
      n === 0
        ? row
        : rowOf(n, {
            ...entryIn(row),
            event: "call.allowed",
            data: {},
            actor: { principal: hostile[n - 1]! },
          }),
    );
    desk.write(relinked(rows, 1));
    const { said } = await desk.run(auditExport, { format: "csv" });
    const cells = parsed(said.out);
    expect(cells).toHaveLength(hostile.length + 2);
    expect(cells[0]).toContain("principal");
    for (const row of cells) for (const cell of row) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
    const principals = cells.slice(2).map((row) => row[cells[0]!.indexOf("principal")]);
    // What a terminal would obey is written out, and what ends a cell where another separator is usual.
    const out: Record<string, string> = { "\r": "\\u{d}", "\n": "\\u{a}", "\t": "\\u0009", ";": "\\u003b" };
    const shown = hostile.map((word) => word.replace(/[\r\n\t;]/g, (c) => out[c] ?? c));
    expect(principals).toEqual(shown.map((word) => (/^[=+\-@]/.test(word) ? `'${word}` : word)));
    expect(new Set(cells.map((row) => row.length))).toEqual(new Set([12]));
  });

  test("each row says whether it is sealed", async () => {
    const { said } = await desk.run(auditExport, { format: "csv", shard: "2026-11" });
    const standings = parsed(said.out)
      .slice(1)
      .map((row) => row[11]);
    expect(standings.filter((one) => one === "sealed")).toHaveLength(SEALED);
    expect(standings.slice(SEALED)).toEqual(Array(NOVEMBER - SEALED).fill("unsealed"));
  });
});

/** RFC 4180, read by its own grammar. */
function parsed(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  for (let found = cell.exec(text); found !== null; found = cell.exec(text)) {
    row.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? "");
    if (found[3] === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

test("OCSF: one event a line, each with its place in the log", async () => {
  const { said } = await desk.run(auditExport, { format: "ocsf" });
  const events = lines(said.out).map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(events).toHaveLength(desk.rows.length);
  for (const [position, event] of events.entries()) {
    const { shard, seq } = entryIn(desk.rows[position]!);
    expect(event).toMatchObject({
      class_uid: 6003,
      unmapped: { shard, seq, leaf: desk.rows[position]!.leaf },
    });
  }
});

describe("a log that does not hold", () => {
  test("is exported, and says so on the way out, in the report and in the rows", async () => {
    desk.write(desk.rows.with(100, { ...desk.rows[100]!, about: "patch:x" }));
    const { code, said } = await desk.run(auditExport, { format: "csv" });
    expect(code).toBe(1);
    expect(said.err).toMatch(/DAMAGED[\s\S]*LEAF_COLUMN_MISMATCH/);
    const standings = parsed(said.out)
      .slice(1)
      .map((row) => row[11]);
    expect(standings.lastIndexOf("sealed")).toBeLessThan(100);
    expect(new Set(standings.slice(100))).toEqual(new Set(["no"]));
    expect((await desk.run(auditExport, { out: "bad", proof: true })).code).toBe(1);
    expect(existsSync(at("bad", "proofs"))).toBe(false);
    expect(readFileSync(at("bad", "report.json"), "utf8")).toContain("LEAF_COLUMN_MISMATCH");
  });

  test.each([
    ["sealed, without tiles", 140],
    ["not sealed", SEPTEMBER + 285],
    ["the last one of a month", SEPTEMBER - 1],
  ])("an entry that was edited with its hash is not said to hold: %s", async (_where, position) => {
    rmSync(join(desk.places.exchange, "heads", "sealed", "2026-11", "tile"), { recursive: true });
    const { line, ...row } = desk.rows[position]!;
    const bent = line.replace('"principal":"', '"principal":"x');
    desk.write(desk.rows.with(position, { ...row, line: bent, leaf: leafHash(bent) }));
    const { code, said } = await desk.run(auditExport, { format: "csv" });
    expect(code).toBe(1);
    const standings = parsed(said.out)
      .slice(1)
      .map((cells) => cells[11]);
    expect(new Set(standings.slice(position))).toEqual(new Set(["no"]));
    expect(standings[position - 1]).not.toBe("no");
  });

  test("what is exported is what was verified, whatever is written meanwhile", async () => {
    const db = new Database(desk.places.database);
    db.pragma("journal_mode = WAL");
    const world = testWorld({ cwd: desk.repo, now: desk.now });
    const read = await withVerified(world, { state: desk.places.root }, ({ report, stored, keys }) => {
      meddleWithLog(desk.places.database, "UPDATE audit SET body = replace(body, 'agent-1', 'agent-9')");
      const counts = { entries: 0, locked: 0, unreadable: 0 };
      return [...exported({ log: stored.log, start: 0, selection: {}, report, keys }, counts)];
    });
    db.close();
    expect(read.map(({ line }) => line)).toEqual(desk.rows.map(({ line }) => line));
    expect((await desk.run(auditExport)).code).toBe(1);
  });

  test("no checkpoint: the export is not proven, exit 2", async () => {
    desk.write(soundLog([["2027-01", 5]]));
    writeFileSync(join(desk.places.trust, "sealer.pub.pem"), "gone");
    const { code, said } = await desk.run(auditExport);
    expect({ code, lines: lines(said.out).length }).toEqual({ code: 2, lines: 5 });
    expect(said.err).toContain("not proven");
  });
});

test("nothing in a view is obeyed by a terminal or a CI, and exact lines do not go to a screen", async () => {
  const said = "##vso[task.setvariable variable=PATH]x \u009b2J\u202eabc";
  const last = desk.rows.length - 1;
  const entry = { ...entryIn(desk.rows[last]!), data: { said }, actor: { principal: said } };
  desk.write(relinked(desk.rows.with(last, rowOf(last, entry)), last));
  for (const format of ["csv", "ocsf"]) {
    const { out } = (await desk.run(auditExport, { format })).said;
    expect(out).toContain("task.setvariable");
    expect(out).not.toMatch(/##vso\[|(?![\r\n])[\p{Cc}\p{Cf}]/u);
  }
  const screen = testWorld({ cwd: desk.repo, now: desk.now, screen: true });
  const options = { state: desk.places.root };
  expect(() => auditExport.run(screen, [], options)).toThrow(expect.objectContaining({ code: "usage" }));
  expect(await auditExport.run(screen, [], { ...options, format: "csv" })).toBe(0);
  expect((await desk.run(auditExport, { from: String(last) })).said.out).toContain(said);
});

test("what is there already is not overwritten, and what makes no sense is refused", async () => {
  writeFileSync(at("there.ndjson"), "evidence");
  await expect(desk.run(auditExport, { out: "there.ndjson" })).rejects.toMatchObject({ code: "usage" });
  expect(readFileSync(at("there.ndjson"), "utf8")).toBe("evidence");
  await expect(desk.run(auditExport, { proof: true })).rejects.toMatchObject({ code: "usage" });
  for (const bad of [
    { from: "-1" },
    { since: "yesterday" },
    { since: "2026-02-30" },
    { shard: "2026-13" },
    { format: "xml" },
  ])
    expect(() =>
      auditExport.run(testWorld({ cwd: desk.repo }), [], { state: desk.places.root, ...bad }),
    ).toThrow(expect.objectContaining({ code: "usage" }));
});
