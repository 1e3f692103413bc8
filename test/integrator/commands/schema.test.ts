// schema add and list: what is refused is not written, and a schema can be added that the configuration waits for.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { schemaStatement, type EvidenceSchema } from "../../../src/core/gate/schema.ts";
import type { CommandRow } from "../../../src/integrator/commands/command.ts";
import { schemaAdd, schemaList } from "../../../src/integrator/commands/schema.ts";
import { ci, stranger } from "../../support/evidence.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";
import { testWorld } from "../../support/world.ts";

const folders: string[] = [];
afterAll(() => folders.forEach(removeScratch));

let state: string;
beforeEach(() => {
  state = scratch("schema-commands");
  folders.push(state);
  configure("require_signing = false");
});

const key = Buffer.from(ci.key.publicKey).toString("base64");
const KEYS = `\n[[schemas.keys]]\nname = "operator"\nkey = "${key}"\n`;

function configure(terms: string, more = ""): void {
  writeFileSync(join(state, "countersign.toml"), `preset = "default"\n[schemas]\n${terms}\n${more}`, {
    mode: 0o600,
  });
}

const document = (over: Partial<EvidenceSchema> = {}): EvidenceSchema => ({
  schema: "countersign-evidence-schema/1",
  name: "ci.tests",
  version: 1,
  types: ["boolean"],
  ...over,
});

async function run(
  row: CommandRow,
  options: object = {},
  content?: string | Uint8Array,
): Promise<{ code: number; out: string; err: string }> {
  if (content !== undefined) writeFileSync(join(state, "given"), content);
  const world = testWorld({ cwd: state });
  const code = await row.run(world, content === undefined ? [] : ["given"], { state, ...options });
  return { code, ...world.said };
}
const add = (content: string | Uint8Array, options: object = {}): ReturnType<typeof run> =>
  run(schemaAdd, options, content);
const written = (): readonly string[] =>
  existsSync(join(state, "schemas")) ? readdirSync(join(state, "schemas")) : [];

test("a schema at fault, unsigned or badly signed is refused, and nothing is written", async () => {
  expect(await add("{}")).toMatchObject({
    code: 1,
    err: expect.stringContaining("Nothing was written") as string,
  });
  configure("require_signing = true", KEYS);
  const unsigned = await add(JSON.stringify(document()));
  expect(unsigned).toMatchObject({ code: 1, err: expect.stringContaining("is not signed") as string });
  expect(unsigned.err).toContain("countersign schema sign");
  const foreign = stranger.envelope(schemaStatement(document()));
  expect(await add(foreign)).toMatchObject({
    code: 1,
    err: expect.stringContaining("not a trusted one") as string,
  });
  expect(JSON.parse((await add(foreign, { json: true })).out)).toMatchObject({ ok: false });
  expect(written()).toEqual([]);
});

test("a signed one is kept as it was signed", async () => {
  configure("require_signing = true", KEYS);
  const envelope = ci.envelope(schemaStatement(document()));
  expect(await add(envelope)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^added {2}ci\.tests@1 /) as string,
  });
  expect(readFileSync(join(state, "schemas", "ci.tests@1.dsse.json"))).toEqual(Buffer.from(envelope));
  expect(await add(envelope)).toMatchObject({ code: 0, out: expect.stringMatching(/^kept/) as string });
  const { code, out } = await run(schemaList, { json: true });
  expect([code, JSON.parse(out)]).toMatchObject([
    0,
    { faults: [], schemas: [{ signed_by: ci.key.keyid, document: document() }] },
  ]);
});

test("a version never changes", async () => {
  expect((await add(JSON.stringify(document()))).code).toBe(0);
  const changed = await add(JSON.stringify(document({ types: ["dynamic"] })));
  expect(changed).toMatchObject({ code: 1, err: expect.stringContaining("Raise its version") as string });
  expect((await add(JSON.stringify(document({ version: 2, types: ["dynamic"] })))).code).toBe(0);
  expect(written()).toEqual(["ci.tests@1.json", "ci.tests@2.json"]);
});

test("the schema that a condition waits for can be added although the configuration is at fault without it", async () => {
  configure(
    "require_signing = false",
    `[[conditions]]\nid = "tests"\nprovider = "signed"\nquery = { check = "statement", name = "ci.tests" }\ncomparator = "equals"\nexpected = true\nschema = "ci.tests@1"\n[gates.verdict]\nrequire = "tests"\n`,
  );
  expect((await add(JSON.stringify(document()))).code).toBe(0);
});

test("list says what is there and what is wrong, and ends with 1 for that", async () => {
  expect(await run(schemaList)).toMatchObject({ code: 0, out: "no evidence schemas\n" });
  await add(JSON.stringify(document({ comparators: ["equals"] })));
  expect((await run(schemaList)).out).toMatch(/^ci\.tests@1 +boolean +equals +not signed$/m);
  configure("require_signing = true", KEYS);
  expect(await run(schemaList)).toMatchObject({
    code: 1,
    err: expect.stringContaining("is not signed") as string,
  });
});

test.each([
  ["a section that cannot be read", "require_signing = 1", "config_invalid"],
  ["a key of the section that is not known", "require_signin = true", "config_invalid"],
])("cannot tell: %s", async (_, terms, code) => {
  configure(terms);
  await expect(add(JSON.stringify(document()))).rejects.toThrow(
    expect.objectContaining({ code, exitCode: 2 }),
  );
  expect(written()).toEqual([]);
});

test("cannot tell: a file that is not there", async () => {
  const world = testWorld({ cwd: state });
  const work = async (): Promise<number> => schemaAdd.run(world, ["none.json"], { state });
  await expect(work()).rejects.toThrow(expect.objectContaining({ code: "usage" }));
});
