// The sealer's hand signs checkpoints of its own log, to the letter, and nothing else.
import { describe, expect, test } from "vitest";
import { checkpointText, openCheckpoint, originOf } from "../../../src/core/audit/checkpoint.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { CountersignError } from "../../../src/core/base/failure.ts";
import { openSealerHand } from "../../../src/validator/signing/sealer.ts";
import { throwAwayKey } from "../../support/verdicts.ts";

const DEPLOYMENT = "countersign/default/lab";
const ORIGIN = originOf(DEPLOYMENT, "2026-11");
const { secret: seed, publicKey } = throwAwayKey();
const hand = openSealerHand({ seed, publicKey }, DEPLOYMENT);
const TEXT = checkpointText({ origin: ORIGIN, size: 3, root: sha256("root") });

describe("texts that it does not sign", () => {
  test.each([
    ["nothing", ""],
    ["words", "I owe you a million\n"],
    ["a checkpoint of another deployment", TEXT.replace(DEPLOYMENT, "countersign/default/other")],
    ["a checkpoint of no shard", TEXT.replace("2026-11", "2026-13")],
    ["one with an extension line", `${TEXT}more\n`],
    ["one with another size behind it", `${TEXT}${TEXT}`],
    ["one that is cut", TEXT.slice(0, -1)],
    ["a root in another spelling", TEXT.replace("=\n", "\n")],
    ["a statement", JSON.stringify({ _type: "https://in-toto.io/Statement/v1" })],
    ["the encoding that verdicts are signed in", "DSSEv1 28 application/vnd.in-toto+json 2 {}"],
  ])("%s", (_, text) => {
    expect(() => hand.sign(text)).toThrow(CountersignError);
  });

  test("whatever it is, once the key has ended", () => {
    const ended = new CountersignError("key_unusable", "it has ended");
    const late = openSealerHand({ seed, publicKey, unfit: () => ended }, DEPLOYMENT);
    expect(() => late.sign(TEXT)).toThrow(ended);
    expect(late.unfit()).toBe(ended);
  });
});

test("its checkpoints open under its key, and each is the same whenever it is signed", () => {
  const note = hand.sign(TEXT);
  expect(openCheckpoint(note, ORIGIN, [publicKey])).toMatchObject({ ok: true, checkpoint: { size: 3 } });
  expect(hand.sign(TEXT)).toEqual(note);
  expect(hand.unfit()).toBeUndefined();
});
