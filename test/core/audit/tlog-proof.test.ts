// Proofs of one line: every field of a valid one bent, and what is no proof at all.
import { describe, expect, test } from "vitest";
import { checkpointText, originOf, rootText } from "../../../src/core/audit/checkpoint.ts";
import { leafHash } from "../../../src/core/audit/entry.ts";
import { noteKey, renderNote } from "../../../src/core/audit/note.ts";
import {
  MAX_PROOF_BYTES,
  openProof,
  parseProof,
  renderProof,
  type TlogProof,
} from "../../../src/core/audit/tlog-proof.ts";
import { inclusionProof, rangesOver } from "../../../src/core/audit/tree.ts";
import { toBase64, utf8 } from "../../../src/core/base/bytes.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { signerOf } from "../../support/signing.ts";

const SIGNER = signerOf("09".repeat(32));
const ORIGIN = originOf("example.com/countersign", "2026-11");
const SIZE = 21;
const LINES = Array.from({ length: SIZE }, (_, n) => `{"n":${n},"text":"Ä line"}`);
const range = rangesOver((at) => leafHash(LINES[at]!));

function noteOf(size: number, origin = ORIGIN): Uint8Array {
  const text = checkpointText({ origin, size, root: range(0, size) });
  const { id } = noteKey(origin, SIGNER.key.publicKey);
  return renderNote({ text, signatures: [{ name: origin, id, signature: SIGNER.sign(utf8(text)) }] });
}
const proofOf = (index: number): TlogProof => ({
  line: LINES[index]!,
  index,
  path: inclusionProof(range, index, SIZE),
  checkpoint: noteOf(SIZE),
});
const open = (bytes: Uint8Array, origin = ORIGIN): ReturnType<typeof openProof> =>
  openProof(bytes, origin, [SIGNER.key.publicKey]);

describe("every field of every valid proof, bent", () => {
  test("line, index, path and checkpoint", () => {
    for (let index = 0; index < SIZE; index++) {
      const proof = proofOf(index);
      const { path } = proof;
      expect(open(renderProof(proof))).toMatchObject({ ok: true, index, line: LINES[index] });
      const bent: readonly TlogProof[] = [
        { ...proof, line: `${proof.line} ` },
        { ...proof, line: "" },
        ...[...LINES.keys()].filter((at) => at !== index).map((at) => ({ ...proof, index: at })),
        { ...proof, index: SIZE },
        ...path.map((_, at) => ({ ...proof, path: path.with(at, sha256("other")) })),
        ...path.map((_, at) => ({ ...proof, path: path.toSpliced(at, 1) })),
        { ...proof, path: [...path, sha256("other")] },
        { ...proof, checkpoint: noteOf(SIZE - 1) },
        { ...proof, checkpoint: noteOf(SIZE, originOf("example.com/countersign", "2026-12")) },
        { ...proof, checkpoint: utf8("") },
      ];
      expect(bent.filter((one) => open(renderProof(one)).ok)).toEqual([]);
    }
  });

  test("every byte of the file", () => {
    const bytes = renderProof(proofOf(5));
    for (let at = 0; at < bytes.length; at++) {
      const bent = Uint8Array.from(bytes);
      bent[at]! ^= 1;
      expect([at, open(bent).ok]).toEqual([at, false]);
    }
  });

  test("another log, another key", () => {
    const bytes = renderProof(proofOf(5));
    expect(open(bytes, originOf("example.com/countersign", "2026-12"))).toMatchObject({ ok: false });
    const stranger = signerOf("0a".repeat(32)).key.publicKey;
    expect(openProof(bytes, ORIGIN, [stranger])).toEqual({
      ok: false,
      why: "its checkpoint: no trusted key signed it",
    });
  });
});

describe("what is no proof", () => {
  const good = Buffer.from(renderProof(proofOf(5))).toString();
  const extra = `extra ${toBase64(utf8(LINES[5]!))}`;
  test.each([
    ["nothing", ""],
    ["another header", good.replace("@v1", "@v2")],
    ["no extra data", good.replace(`${extra}\n`, "")],
    ["extra data twice", good.replace(extra, `${extra}\n${extra}`)],
    ["extra data that is not UTF-8", good.replace(extra, "extra //79")],
    ["extra data of another base64", good.replace(extra, "extra abc")],
    ["no index", good.replace("index 5\n", "")],
    ["an index with a leading zero", good.replace("index 5", "index 05")],
    ["a negative index", good.replace("index 5", "index -5")],
    ["an index beyond 2^53", good.replace("index 5", "index 9007199254740993")],
    ["a path of 31 bytes", good.replace("index 5\n", `index 5\n${toBase64(Buffer.alloc(31))}\n`)],
    ["a path of 64 steps", good.replace("index 5\n", `index 5\n${`${rootText(sha256(""))}\n`.repeat(64)}`)],
    ["no blank line", good.replaceAll("\n\n", "\n")],
    ["carriage returns", good.replaceAll("\n", "\r\n")],
    ["a note that is too long", `${good}${"x".repeat(140_000)}`],
  ])("%s", (_, text) => {
    expect(open(utf8(text)).ok).toBe(false);
  });

  test("more bytes than any proof has", () => {
    expect(parseProof(new Uint8Array(MAX_PROOF_BYTES + 1))).toBeUndefined();
  });
});

test("what is written is what is read", () => {
  const proof = proofOf(5);
  expect(parseProof(renderProof(proof))).toMatchObject({ line: proof.line, index: 5, path: proof.path });
});
