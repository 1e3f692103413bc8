// The doctor's looks at the sources of evidence, on real files; and by the command, from a real state.
import { appendFileSync, chmodSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { doctor } from "../../../src/integrator/commands/doctor.ts";
import { DISCLOSURE_KEY as looked, gatherGates } from "../../../src/integrator/doctor/gate-facts.ts";
import type { GateFacts } from "../../../src/integrator/doctor/gates.ts";
import { loadSetup, packageRoot, presetConfig, type Setup } from "../../../src/io/file/config.ts";
import { DISCLOSURE_KEY } from "../../../src/validator/signing/disclosure-key.ts";
import { type Desk, openDesk } from "../../support/verdicts.ts";
import { testWorld } from "../../support/world.ts";

let desk: Desk;
let root: string;
beforeEach(() => {
  desk = openDesk();
  root = join(desk.places.root, "facts");
  mkdirSync(join(root, "ci"), { recursive: true, mode: 0o700 });
  writeFileSync(join(root, "ci", "facts.json"), "{}", { mode: 0o600 });
  appendFileSync(
    desk.places.config,
    `
[evidence.json]
root = "facts"
[[conditions]]
id = "facts"
provider = "json"
query = { check = "path", file = "ci/facts.json", jsonpath = "$.ok" }
type = "boolean"
comparator = "equals"
expected = true
[gates.landing]
require = { all = ["structure", "facts"] }
`,
  );
});
afterEach(() => desk.remove());

const look = (setup: Setup): GateFacts =>
  gatherGates(desk.places, setup, desk.now, presetConfig(packageRoot(), setup.preset));
const facts = (): GateFacts => look(loadSetup(desk.places, packageRoot()));

describe("the json root", () => {
  test("nobody else can write it", () => {
    expect(facts().jsonRoot).toEqual({ kind: "there", path: root, loose: [] });
  });

  test.each([
    ["the folder, for everybody", 0o777, () => root],
    ["the folder, for its group", 0o770, () => root],
    ["the folder, sticky: whoever writes a missing file first makes the evidence", 0o1777, () => root],
    ["a folder on the way to a file", 0o777, () => join(root, "ci")],
    ["a file that a condition names", 0o666, () => join(root, "ci", "facts.json")],
  ])("others can write %s", (_what, mode, path) => {
    chmodSync(path(), mode);
    const { jsonRoot } = facts();
    expect(jsonRoot).toMatchObject({ kind: "there" });
    expect("loose" in jsonRoot ? jsonRoot.loose.join() : "").toContain(path());
  });

  test("it is a file", () => {
    const path = join(desk.places.root, "flat");
    writeFileSync(path, "");
    const setup = loadSetup(desk.places, packageRoot());
    const { evidence } = setup.config;
    const config = { ...setup.config, evidence: { ...evidence, json: { ...evidence.json, root: "flat" } } };
    expect(look({ ...setup, config }).jsonRoot).toEqual({
      kind: "missing",
      path,
    });
  });
});

test("the folder of envelopes: as init makes it, loose, then gone", () => {
  const path = join(desk.places.root, "evidence");
  expect(facts().folder).toEqual({ kind: "there", path, loose: [] });
  chmodSync(path, 0o777);
  expect(facts().folder).toMatchObject({ loose: [expect.stringContaining(path) as string] });
  rmdirSync(path);
  expect(facts().folder).toEqual({ kind: "missing", path });
});

test("the folder of schemas: none, one of the operator's own, loose", () => {
  const path = join(desk.places.root, "schemas");
  expect(facts().schemas).toEqual({ kind: "missing", path });
  mkdirSync(path, { mode: 0o700 });
  expect(facts().schemas).toEqual({ kind: "there", path, loose: [] });
  chmodSync(path, 0o777);
  expect(facts().schemas).toMatchObject({ loose: [expect.stringContaining(path) as string] });
});

test("countersign doctor says what others can write, though no condition asks for it", async () => {
  mkdirSync(join(desk.places.root, "schemas"));
  for (const name of ["schemas", "evidence"]) chmodSync(join(desk.places.root, name), 0o777);
  const world = testWorld({ cwd: desk.repo, now: desk.now });
  await doctor.run(world, [], { state: desk.places.root, json: true });
  const { findings } = JSON.parse(world.said.out) as { findings: readonly { id: string; level: string }[] };
  for (const id of ["schema-folder", "evidence-folder"])
    expect(findings).toContainEqual(expect.objectContaining({ id, level: "warn" }));
});

test("the key of evidence hashes is looked for under the validator's name for it", () => {
  expect(looked).toBe(DISCLOSURE_KEY);
  expect(facts().disclosureMode).toBeUndefined();
  writeFileSync(join(desk.places.keys, DISCLOSURE_KEY), "x", { mode: 0o644 });
  chmodSync(join(desk.places.keys, DISCLOSURE_KEY), 0o644);
  expect((facts().disclosureMode ?? 0) & 0o777).toBe(0o644);
});

test("countersign doctor says it", async () => {
  chmodSync(root, 0o777);
  const world = testWorld({ cwd: desk.repo, now: desk.now });
  await doctor.run(world, [], { state: desk.places.root, json: true });
  const { findings } = JSON.parse(world.said.out) as { findings: readonly { id: string; level: string }[] };
  expect(findings).toContainEqual(expect.objectContaining({ id: "evidence-json", level: "warn" }));
});

test("a condition of the preset that the file asks otherwise", () => {
  expect(facts().replaced).toEqual([]);
  const setup = loadSetup(desk.places, packageRoot());
  const conditions = setup.config.conditions.map((entry) =>
    entry.id === "structure" ? { ...entry, expected: false } : entry,
  );
  expect(look({ ...setup, config: { ...setup.config, conditions } }).replaced).toEqual(["structure"]);
});
