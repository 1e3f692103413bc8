// D25: signed statements from proposals and from a folder; what cannot be read proves nothing, and in a folder it may hide something.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { signatureFault } from "../../../src/core/gate/signature.ts";
import { MAX_ENVELOPE_BYTES, MAX_ENVELOPES, signedProvider } from "../../../src/io/evidence/signed.ts";
import { bent, context, dsse, result, spec, stranger, trust } from "../../support/evidence.ts";
import { answerText, tell } from "../../support/questions.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

let folder: string;
beforeEach(() => {
  folder = scratch("evidence-signed");
});
afterEach(() => removeScratch(folder));

const textOf = ({ bytes }: { readonly bytes: Uint8Array }): string => Buffer.from(bytes).toString();
const pretty = (text: string): string => JSON.stringify(JSON.parse(text), null, 2);
interface Envelope {
  readonly signatures: readonly object[];
}
const envelope = (): Envelope => JSON.parse(textOf(dsse())) as Envelope;
const signed = (): object => envelope().signatures[0] ?? {};
const altered = (signature: object, whole: object): string =>
  JSON.stringify({ ...envelope(), signatures: [{ ...signed(), ...signature }], ...whole });
const put = (name: string, proof: { readonly bytes: Uint8Array }): void =>
  writeFileSync(join(folder, name), proof.bytes);
const signal = new AbortController().signal;

const ask = async (carried: readonly string[] = [], where = folder): Promise<string> => {
  const found = await signedProvider({ carried, folder: where }, trust()).ask(spec(), signal);
  return found.error?.code ?? signatureFault(spec(), found, trust()) ?? answerText(found);
};

describe("statements count wherever they come from", () => {
  test.each([
    ["dsse", dsse],
    ["result", result],
  ] as const)("%s", async (_form, make) => {
    expect(await ask([textOf(make())])).toBe("true");
    expect(await ask([textOf(make())], "")).toBe("true");
    put("ci.json", make());
    expect(await ask()).toBe("true");
  });

  test("the latest one, whatever its file is called", async () => {
    put("zzz.json", dsse(context({ issued: "2026-06-01T11:00:00.000Z" }), true));
    put("aaa.json", dsse(context({ issued: "2026-06-01T11:30:00.000Z" }), false));
    expect(await ask()).toBe("false");
    expect(await ask([textOf(dsse(context({ issued: "2026-06-01T11:45:00.000Z" }), true))])).toBe("true");
  });
});

describe("what does not count", () => {
  test("nothing at all", async () => {
    expect(await ask()).toBe("signed_missing");
    expect(await ask([], "")).toBe("signed_missing");
  });

  test("a stranger's", async () => {
    put("ci.json", dsse(context(), true, stranger));
    expect(await ask()).toBe("signature_key_unlisted");
  });

  test("files of other names, and carried texts that are none", async () => {
    put("ci.dsse", dsse());
    put("ci.json.tmp", dsse());
    expect(await ask(["\ud800", "", "nothing"])).toBe("signed_missing");
    const { error } = await signedProvider({ carried: ["nothing"], folder }, trust()).ask(spec(), signal);
    expect(error?.message).toContain("1 could not be read as signed statements");
    expect(await ask(["nothing", textOf(dsse())])).toBe("true");
  });
});

describe("a folder that may hide the latest statement", () => {
  test.each<readonly [string, (path: string) => void]>([
    ["a file that is not JSON", (path) => writeFileSync(path, "nothing")],
    ["JSON of another kind", (path) => writeFileSync(path, "{}")],
    ["a statement that ends too early", (path) => writeFileSync(path, textOf(dsse()).slice(0, -30))],
    ["a statement of which half a character is left", (path) => writeFileSync(path, Uint8Array.of(0xc3))],
    ["a result that a tool wrote anew", (path) => writeFileSync(path, pretty(textOf(result())))],
    ["a result with a line end of another system", (path) => writeFileSync(path, `${textOf(result())}\r\n`)],
    ["an envelope with a field that nobody reads", (path) => writeFileSync(path, altered({ cert: "x" }, {}))],
    [
      "an envelope whose payload lost its end",
      (path) => writeFileSync(path, altered({}, { payload: "eyJf" })),
    ],
    ["an envelope without signature", (path) => writeFileSync(path, altered({}, { signatures: [] }))],
    [
      "an envelope with two",
      (path) => writeFileSync(path, altered({}, { signatures: [signed(), signed()] })),
    ],
    [
      "a result without hash",
      (path) => writeFileSync(path, bent(result(), { evidence_hash: undefined }).bytes),
    ],
    ["an envelope of nothing", (path) => writeFileSync(path, '{"payload":null}')],
    ["a link to nothing", (path) => symlinkSync(`${folder}.absent`, path)],
    [
      "a link",
      (path) => {
        writeFileSync(`${folder}.outside`, dsse().bytes);
        symlinkSync(`${folder}.outside`, path);
      },
    ],
    ["a fifo", (path) => void execFileSync("mkfifo", [path])],
    ["a folder", (path) => mkdirSync(path)],
    [
      "a file that is too large",
      (path) => writeFileSync(path, textOf(dsse()).padEnd(MAX_ENVELOPE_BYTES + 1)),
    ],
  ])("holds %s, which is named, whatever else there is", async (_what, make) => {
    make(join(folder, "odd.json"));
    put("ci.json", dsse());
    const carried = [textOf(dsse())];
    const { error } = await signedProvider({ carried, folder }, trust()).ask(spec(), signal);
    expect(error).toMatchObject({ code: "signed_folder" });
    expect(error?.message).toContain('"odd.json"');
    expect(error?.message).not.toContain(folder);
    rmSync(join(folder, "odd.json"), { recursive: true });
    expect(await ask(carried)).toBe("true");
    rmSync(`${folder}.outside`, { force: true });
  });

  test("is not there, or no folder", async () => {
    const carried = [textOf(dsse())];
    expect(await ask(carried, join(folder, "absent"))).toBe("signed_folder");
    writeFileSync(join(folder, "file"), "");
    expect(await ask(carried, join(folder, "file"))).toBe("signed_folder");
  });

  test("holds too many files", async () => {
    const bytes = dsse().bytes;
    for (let at = 0; at < MAX_ENVELOPES; at += 1) writeFileSync(join(folder, `${at}.json`), bytes);
    expect(await ask()).toBe("true");
    put("one-more.json", dsse());
    expect(await ask()).toBe("signed_too_many");
    // Said before any of them is read: there may be a million.
    const { error } = await signedProvider({ carried: [], folder }, trust()).ask(spec(), signal);
    expect(error?.message).toContain("evidence.folder holds more than");
  });
});

test("the sources are read once for all conditions of an evaluation", async () => {
  const provider = signedProvider({ carried: [], folder }, trust());
  expect(answerText(await provider.ask(spec(), signal))).toBe("signed_missing");
  put("ci.json", dsse());
  expect(answerText(await provider.ask(spec(), signal))).toBe("signed_missing");
});

test("another check is none", async () => {
  expect(await tell(signedProvider({ carried: [], folder: "" }, trust()), "signed", "other")).toBe(
    "signed_check",
  );
});
