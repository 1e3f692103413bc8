// Checkpoints: of exactly one log, by a pinned key, and about exactly one tree.
import { describe, expect, test } from "vitest";
import {
  type Checkpoint,
  checkpointFacts,
  checkpointText,
  claimedCheckpoint,
  openCheckpoint,
  originOf,
  parseCheckpointText,
  rootFrom,
  rootText,
  shardOf,
} from "../../../src/core/audit/checkpoint.ts";
import { noteKey, renderNote } from "../../../src/core/audit/note.ts";
import { utf8 } from "../../../src/core/base/bytes.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { signerOf } from "../../support/signing.ts";

const SIGNER = signerOf("07".repeat(32));
const STRANGER = signerOf("08".repeat(32));
const ORIGIN = originOf("example.com/countersign", "2026-11");
const CHECKPOINT: Checkpoint = { origin: ORIGIN, size: 42, root: sha256("root") };
const TEXT = checkpointText(CHECKPOINT);

function noteOf(text: string, name = ORIGIN, signer = SIGNER): Uint8Array {
  const { id } = noteKey(name, signer.key.publicKey);
  return renderNote({ text, signatures: [{ name, id, signature: signer.sign(utf8(text)) }] });
}
const open = (bytes: Uint8Array, origin = ORIGIN): ReturnType<typeof openCheckpoint> =>
  openCheckpoint(bytes, origin, [SIGNER.key.publicKey]);

describe("texts that are no checkpoint", () => {
  const [origin, size, root] = TEXT.split("\n");
  test.each([
    ["no origin", `\n${size}\n${root}\n`],
    ["a size with a leading zero", `${origin}\n042\n${root}\n`],
    ["a negative size", `${origin}\n-1\n${root}\n`],
    ["a size with a sign", `${origin}\n+42\n${root}\n`],
    ["a size in hexadecimal", `${origin}\n0x2a\n${root}\n`],
    ["a size beyond 2^53", `${origin}\n9007199254740993\n${root}\n`],
    ["a size of 17 digits", `${origin}\n${"9".repeat(17)}\n${root}\n`],
    ["a root of 31 bytes", `${origin}\n42\n${Buffer.alloc(31).toString("base64")}\n`],
    ["a root of 33 bytes", `${origin}\n42\n${Buffer.alloc(33).toString("base64")}\n`],
    ["a root in another spelling", `${origin}\n42\n${root?.replace("=", "")}\n`],
    ["no line feed at the end", TEXT.slice(0, -1)],
    ["two lines", `${origin}\n42\n`],
    ["an empty extension line", `${TEXT}\nx\n`],
  ])("%s", (_, text) => {
    expect(parseCheckpointText(text)).toBeUndefined();
    expect(open(noteOf(text)).ok).toBe(false);
  });
});

describe("checkpoints that do not count", () => {
  const other = originOf("example.com/countersign", "2026-12");
  test.each([
    ["of a stranger", noteOf(TEXT, ORIGIN, STRANGER), "no trusted key signed it"],
    [
      "of another shard by our key",
      noteOf(checkpointText({ ...CHECKPOINT, origin: other }), other),
      "no trusted key signed it",
    ],
    [
      "of another shard under this shard's name",
      noteOf(checkpointText({ ...CHECKPOINT, origin: other })),
      `it is about ${other}, not ${ORIGIN}`,
    ],
    ["that are other text by our key", noteOf("hello\n"), "it is not a checkpoint"],
    ["that are no note", utf8(TEXT), "it is not a signed note"],
  ])("%s", (_, bytes, why) => {
    expect(open(bytes)).toEqual({ ok: false, why });
  });

  test("every field bent behind the signature", () => {
    const note = Buffer.from(noteOf(TEXT)).toString();
    for (const bent of [
      note.replace("\n42\n", "\n43\n"),
      note.replace("\n42\n", "\n4\n"),
      note.replace(rootText(CHECKPOINT.root), rootText(sha256("other"))),
      note.replace(`${ORIGIN}\n`, `${other}\n`),
      note.replace("\n\n—", "\nextension\n\n—"),
    ])
      expect(open(utf8(bent)).ok).toBe(false);
  });
});

test("a checkpoint opens under its key, with extension lines, too", () => {
  expect(open(noteOf(TEXT))).toMatchObject({ ok: true, checkpoint: CHECKPOINT, signer: { name: ORIGIN } });
  expect(open(noteOf(`${TEXT}something\n`))).toMatchObject({ ok: true, checkpoint: CHECKPOINT });
  expect(claimedCheckpoint(noteOf(TEXT, ORIGIN, STRANGER))).toEqual(CHECKPOINT);
  expect(claimedCheckpoint(utf8("x"))).toBeUndefined();
});

test("the example of C2SP is read", () => {
  const text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  const signature =
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
  const found = claimedCheckpoint(utf8(`${text}\n${signature}`));
  expect(found).toMatchObject({ origin: "example.com/behind-the-sofa", size: 20_852_163 });
  expect(checkpointText(found!)).toBe(text);
});

test("the shard of an origin is that of this deployment, or none", () => {
  expect(shardOf(ORIGIN, "example.com/countersign")).toBe("2026-11");
  for (const origin of [
    "example.com/countersign/audit/2026-13",
    "example.com/countersign/audit/2026-11/x",
    "example.com/countersign/audit/",
    "example.com/other/audit/2026-11",
    "x/example.com/countersign/audit/2026-11",
  ])
    expect(shardOf(origin, "example.com/countersign")).toBeUndefined();
});

test("the facts of a checkpoint in a statement, and roots in base64", () => {
  const { origin, size, rootHash } = checkpointFacts(CHECKPOINT);
  expect({ origin, size, root: rootFrom(rootHash) }).toEqual(CHECKPOINT);
  expect(rootFrom("")).toBeUndefined();
  expect(rootFrom(`${rootHash} `)).toBeUndefined();
});
