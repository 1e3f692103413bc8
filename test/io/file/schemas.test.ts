// D28: the registry on disk: unsigned, badly signed and good schemas, at adding and at every load.
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { verifyEnvelope } from "../../../src/core/attestation/verify.ts";
import { evidenceStatement } from "../../../src/core/attestation/evidence.ts";
import { utf8 } from "../../../src/core/base/bytes.ts";
import {
  parseSchema,
  renderSchema,
  schemaStatement,
  type EvidenceSchema,
} from "../../../src/core/gate/schema.ts";
import {
  addSchema,
  isSignedSchema,
  loadSchemas,
  MAX_SCHEMAS,
  readSchema,
  schemaRules,
  type SchemaTerms,
} from "../../../src/io/file/schemas.ts";
import { ci, context, stranger } from "../../support/evidence.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const folders: string[] = [];
afterAll(() => folders.forEach(removeScratch));

let root: string;
beforeEach(() => {
  root = scratch("schemas");
  folders.push(root);
});

const document = (over: Record<string, unknown> = {}): EvidenceSchema => {
  const read = parseSchema(
    utf8(
      JSON.stringify({
        schema: "countersign-evidence-schema/1",
        name: "ci.tests",
        version: 1,
        types: ["boolean"],
        ...over,
      }),
    ),
  );
  if (!read.ok) throw new Error(read.refusal.message);
  return read.value;
};
const key = (signer: typeof ci): { name: string; key: string } => ({
  name: "operator",
  key: Buffer.from(signer.key.publicKey).toString("base64"),
});
const terms = (require_signing: boolean, keys = [key(ci)]): SchemaTerms => ({
  schemas: { require_signing, keys },
});
const signed = (schema = document(), signer = ci): Uint8Array => signer.envelope(schemaStatement(schema));

function put(name: string, bytes: Uint8Array | string): void {
  mkdirSync(join(root, "schemas"), { recursive: true });
  writeFileSync(join(root, "schemas", name), bytes, { mode: 0o640 });
}

const faults = (under: SchemaTerms): readonly string[] =>
  loadSchemas({ root }, under).faults.map(({ message }) => message);

test("no folder: no schemas, and no fault", () => {
  expect(loadSchemas({ root }, terms(true))).toEqual({ schemas: new Map(), registered: [], faults: [] });
});

describe("is a fault of the configuration", () => {
  test.each<[string, string, () => Uint8Array | string, boolean, string]>([
    [
      "an unsigned schema where signing is asked for",
      "ci.tests@1.json",
      () => renderSchema(document()),
      true,
      "is not signed",
    ],
    [
      "signed by a stranger",
      "ci.tests@1.dsse.json",
      () => signed(document(), stranger),
      true,
      "not a trusted one",
    ],
    [
      "signed by a stranger, also where it need not be",
      "ci.tests@1.dsse.json",
      () => signed(document(), stranger),
      false,
      "not a trusted one",
    ],
    [
      "strings instead of a signature",
      "ci.tests@1.dsse.json",
      () => JSON.stringify({ key_id: "k", signature: "s" }),
      true,
      "signed by no key",
    ],
    [
      "the wrong thing signed",
      "ci.tests@1.dsse.json",
      () => ci.envelope(evidenceStatement(context(), true)),
      true,
      "evidence-schema",
    ],
    ["another version than its name says", "ci.tests@2.dsse.json", () => signed(), true, "holds ci.tests@1"],
    [
      "another name than its name says",
      "ci.lint@1.json",
      () => renderSchema(document()),
      false,
      "holds ci.tests@1",
    ],
    ["a name that is none", "README.json", () => "{}", false, "is not named"],
    ["a leading zero", "ci.tests@01.json", () => renderSchema(document()), false, "is not named"],
    ["a document at fault", "ci.tests@1.json", () => "{}", false, "schema:"],
    ["an envelope posing as a document", "ci.tests@1.json", () => signed(), false, "schema:"],
    ["too large", "ci.tests@1.json", () => " ".repeat(70_000), false, "larger"],
  ])("%s", (_, name, bytes, requireSigning, said) => {
    put(name, bytes());
    const loaded = loadSchemas({ root }, terms(requireSigning));
    expect(loaded.schemas.size).toBe(0);
    expect(loaded.faults).toEqual([
      { key: "schemas", message: expect.stringContaining(said) as string, fix: expect.any(String) as string },
    ]);
  });

  test("with a signature of no pinned key: keys that are none pin nothing", () => {
    put("ci.tests@1.dsse.json", signed());
    expect(faults(terms(true, []))).toHaveLength(1);
    expect(
      faults(terms(true, [{ name: "weak", key: Buffer.alloc(32, 0).fill(1, 0, 1).toString("base64") }])),
    ).toHaveLength(1);
    expect(faults(terms(true))).toEqual([]);
  });

  test("a tampered envelope", () => {
    const bytes = Buffer.from(signed()).toString();
    const json = JSON.parse(bytes) as { payload: string };
    const payload = Buffer.from(json.payload, "base64").toString().replaceAll("boolean", "dynamic");
    put(
      "ci.tests@1.dsse.json",
      JSON.stringify({ ...json, payload: Buffer.from(payload).toString("base64") }),
    );
    expect(faults(terms(true))).toEqual([expect.stringContaining("does not verify")]);
  });

  test.each([0o666, 0o660])("a file that others may write (%o)", (mode) => {
    put("ci.tests@1.json", renderSchema(document()));
    chmodSync(join(root, "schemas", "ci.tests@1.json"), mode);
    expect(faults(terms(false))).toEqual([expect.stringContaining("is writable by")]);
  });

  test("a folder in its place, a link to nowhere", () => {
    mkdirSync(join(root, "schemas", "a@1.json"), { recursive: true });
    symlinkSync("/nonexistent", join(root, "schemas", "b@1.json"));
    expect(faults(terms(false))).toHaveLength(2);
  });

  test("one schema twice, with a signature and without one", () => {
    put("ci.tests@1.json", renderSchema(document({ types: ["dynamic"] })));
    put("ci.tests@1.dsse.json", signed());
    expect(faults(terms(false))).toEqual([expect.stringContaining("is there twice")]);
  });

  test(`more than ${MAX_SCHEMAS}`, () => {
    for (let version = 1; version <= MAX_SCHEMAS + 1; version += 1)
      put(`ci.tests@${version}.json`, renderSchema(document({ version })));
    expect(faults(terms(false))).toEqual([expect.stringContaining(`more than ${MAX_SCHEMAS}`)]);
  });

  test("a folder that is a file", () => {
    writeFileSync(join(root, "schemas"), "");
    expect(faults(terms(false))).toEqual([expect.stringContaining("cannot be read")]);
  });
});

test("good ones are loaded by name and version, with who signed them", () => {
  put("ci.tests@1.dsse.json", signed());
  put("ci.tests@2.json", renderSchema(document({ version: 2 })));
  put("notes.txt", "not read");
  const { schemas, registered, faults: none } = loadSchemas({ root }, terms(false));
  expect(none).toEqual([]);
  expect([...schemas.keys()]).toEqual(["ci.tests@1", "ci.tests@2"]);
  expect(registered.map(({ keyid }) => keyid)).toEqual([ci.key.keyid, undefined]);
});

describe("adding", () => {
  const add = async (bytes: Uint8Array, under = terms(false)): Promise<unknown> => {
    const isEnvelope = isSignedSchema(bytes);
    const read = readSchema(bytes, isEnvelope, schemaRules(under));
    return read.ok ? addSchema({ root }, read.value, isEnvelope ? bytes : undefined) : read;
  };

  test("where signing is asked for, only what a key of schemas.keys signed", async () => {
    expect(await add(renderSchema(document()), terms(true))).toMatchObject({ ok: false });
    expect(await add(signed(document(), stranger), terms(true))).toMatchObject({ ok: false });
    expect(await add(signed(), terms(true))).toMatchObject({ ok: true, value: { added: "added" } });
    expect(readdirSync(join(root, "schemas"))).toEqual(["ci.tests@1.dsse.json"]);
    const kept = readFileSync(join(root, "schemas", "ci.tests@1.dsse.json"));
    expect(verifyEnvelope(kept, [ci.key]).ok).toBe(true);
    expect(loadSchemas({ root }, terms(true)).faults).toEqual([]);
  });

  test("not through a link, which would write where somebody else pointed", async () => {
    mkdirSync(join(root, "elsewhere"));
    symlinkSync(join(root, "elsewhere"), join(root, "schemas"));
    expect(await add(renderSchema(document()))).toMatchObject({
      ok: false,
      refusal: { message: expect.stringContaining("is a symbolic link") as string },
    });
    expect(readdirSync(join(root, "elsewhere"))).toEqual([]);
  });

  test("a version that is there stays, in either form", async () => {
    expect(await add(renderSchema(document()))).toMatchObject({ ok: true, value: { added: "added" } });
    const before = readFileSync(join(root, "schemas", "ci.tests@1.json"), "utf8");
    expect(await add(utf8(` ${JSON.stringify(document())}`))).toMatchObject({
      ok: true,
      value: { added: "there" },
    });
    expect(await add(renderSchema(document({ types: ["dynamic"] })))).toMatchObject({
      ok: false,
      refusal: { message: expect.stringContaining("another content") as string },
    });
    expect(await add(signed())).toMatchObject({ ok: false });
    expect(readFileSync(join(root, "schemas", "ci.tests@1.json"), "utf8")).toBe(before);
    expect(await add(renderSchema(document({ version: 2, types: ["dynamic"] })))).toMatchObject({ ok: true });
    expect(loadSchemas({ root }, terms(false)).faults).toEqual([]);
  });
});
