// Damage in the folder of incidents stops everything: nobody thaws by breaking a file.
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { incidentFault } from "../../../../src/core/audit/incident.ts";
import { canonical } from "../../../../src/core/base/canonical.ts";
import { incidentReader, incidentWriter } from "../../../../src/io/exchange/files/incidents.ts";
import { closureOf, incident } from "../../../contract/incidents.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";

let folder: string;
beforeEach(() => {
  folder = scratch("incidents");
});
afterEach(() => removeScratch(folder));

const one = incident(1);
const file = (ending: string): string => join(folder, `${one.incident_id}${ending}`);
const stops = (): readonly string[] =>
  incidentReader(folder)
    .open()
    .map(({ freezes }) => freezes);
const open = (): Promise<void> => incidentWriter(folder).put(one);
const close = (): Promise<boolean> => incidentWriter(folder).close(closureOf(one));

const damages: readonly (readonly [string, () => unknown, readonly string[]])[] = [
  ["an empty record", () => writeFileSync(file(".json"), ""), ["everything"]],
  [
    "a torn record",
    () => writeFileSync(file(".json"), readFileSync(file(".json")).subarray(0, 40)),
    ["everything"],
  ],
  [
    "a record that freezes less than there is",
    () => writeFileSync(file(".json"), readFileSync(file(".json"), "utf8").replace("changes", "nothing")),
    ["everything"],
  ],
  [
    "the record of another incident under its name",
    () => writeFileSync(file(".json"), JSON.stringify(incident(2))),
    ["everything"],
  ],
  ["a folder instead of a record", () => [rmSync(file(".json")), mkdirSync(file(".json"))], ["everything"]],
  ["an empty closing note", () => writeFileSync(file(".closed.json"), ""), ["changes"]],
  [
    "the closing note of another incident",
    () => writeFileSync(file(".closed.json"), JSON.stringify(closureOf(incident(2)))),
    ["changes"],
  ],
  ["a closing note that is a folder", () => mkdirSync(file(".closed.json")), ["changes"]],
  ["files of other names", () => writeFileSync(join(folder, "thaw.closed.json"), "{}"), ["changes"]],
];

test.each(damages)("%s: it stays open", async (_what, damage, expected) => {
  await open();
  damage();
  expect(stops()).toEqual(expected);
});

test("a record that was damaged can be closed; a damaged closing note is not overwritten", async () => {
  await open();
  writeFileSync(file(".json"), "");
  expect(await close()).toBe(true);
  expect(stops()).toEqual([]);
  writeFileSync(file(".closed.json"), "");
  expect(stops()).toEqual(["everything"]);
  expect(await close()).toBe(false);
});

test("one reader sees each change at its next look: opened, closed, and opened again by hand", async () => {
  const reader = incidentReader(folder);
  expect(reader.open()).toEqual([]);
  await open();
  expect(reader.open()).toEqual([one]);
  await close();
  expect(reader.open()).toEqual([]);
  rmSync(file(".closed.json"));
  expect(reader.open()).toEqual([one]);
});

test("of many that were closed, one that is open is seen; what was read once is not read at each look", async () => {
  for (let n = 2; n < 300; n++) {
    const closed = incident(n);
    writeFileSync(join(folder, `${closed.incident_id}.json`), canonical(closed));
    writeFileSync(join(folder, `${closed.incident_id}.closed.json`), canonical(closureOf(closed)));
  }
  const reader = incidentReader(folder);
  expect(reader.open()).toEqual([]);
  await open();
  for (let n = 2; n < 300; n++) writeFileSync(join(folder, `${incident(n).incident_id}.closed.json`), "");
  expect(reader.open()).toEqual([one]);
});

test("a folder that is none, or cannot be listed, stops everything; one that is not there yet, nothing", () => {
  const none = join(folder, "none");
  expect(incidentReader(none).open()).toEqual([]);
  writeFileSync(none, "");
  expect(incidentFault(incidentReader(none).open(), "everything")?.code).toBe("incident_open");
});

test.skipIf(process.getuid?.() === 0)("a folder without rights stops everything", () => {
  chmodSync(folder, 0o000);
  expect(stops()).toEqual(["everything"]);
  chmodSync(folder, 0o700);
});
