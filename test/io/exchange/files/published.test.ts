import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { utf8 } from "../../../../src/core/base/bytes.ts";
import { type Digest, sha256 } from "../../../../src/core/base/digest.ts";
import type { PublishedReader, PublishedWriter } from "../../../../src/io/exchange/exchange.ts";
import { gatewayExchange, validatorExchange } from "../../../../src/io/exchange/files/open.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";

let root: string;
let writer: PublishedWriter;
let reader: PublishedReader;
const published = (...names: string[]): string => join(root, "published", ...names);
const blobFile = (digest: Digest): string => published("blobs", digest.slice(0, 2), digest);

beforeEach(async () => {
  root = scratch("published");
  writer = (await validatorExchange(root)).published;
  reader = (await gatewayExchange(root)).published;
});
afterEach(() => removeScratch(root));

async function publish(text: string): Promise<Digest> {
  const digest = sha256(text);
  await writer.putBlob(digest, utf8(text));
  await writer.settleBlobs();
  return digest;
}

describe("refusals", () => {
  test("a changed blob is damaged for the reader, and the writer publishes it anew after a restart", async () => {
    const digest = await publish("content\n");
    expect(await writer.hasBlob(digest)).toBe(true);
    writeFileSync(blobFile(digest), "Content\n");
    expect(await reader.blob(digest)).toEqual({ kind: "damaged", why: "does not have its digest" });
    const again = (await validatorExchange(root)).published;
    expect(await again.hasBlob(digest)).toBe(false);
    await again.putBlob(digest, utf8("content\n"));
    await again.settleBlobs();
    expect(await reader.blob(digest)).toMatchObject({ kind: "found" });
  });

  test("a blob that was changed while the writer runs is seen too", async () => {
    const digest = await publish("content\n");
    expect(await writer.hasBlob(digest)).toBe(true);
    writeFileSync(blobFile(digest), "torn");
    expect(await writer.hasBlob(digest)).toBe(false);
  });

  test("a link in place of a blob is not followed", async () => {
    const digest = sha256("secret");
    writeFileSync(join(root, "secret"), "secret");
    mkdirSync(published("blobs", digest.slice(0, 2)), { recursive: true });
    symlinkSync(join(root, "secret"), blobFile(digest));
    expect(await reader.blob(digest)).toEqual({ kind: "damaged", why: "is a symbolic link" });
  });

  test("a manifest under another digest is damaged", async () => {
    const digest = sha256("{}");
    writeFileSync(published("manifests", `${digest}.json`), "{ }");
    expect(await reader.manifest(digest)).toMatchObject({ kind: "damaged" });
  });

  const digest = sha256("{}");
  test.each([
    ["nothing", ""],
    ["a digest without its line feed", digest],
    ["a digest and more", `${digest}\n\n`],
    ["a path", "../../../../etc/passwd\n"],
    ["upper case", `${digest.toUpperCase()}\n`],
  ])("a pointer that holds %s points nowhere", async (_, text) => {
    writeFileSync(published("current"), text);
    expect(await reader.current()).toBeUndefined();
  });
});

test("the pointer is the digest and a line feed", async () => {
  const digest = sha256("{}");
  await writer.setCurrent(digest);
  expect(readFileSync(published("current"), "utf8")).toBe(`${digest}\n`);
  expect(await reader.current()).toBe(digest);
});

test("until blobs are settled nothing has a name, and afterwards nothing else is there", async () => {
  const digests = Array.from({ length: 300 }, (_, n) => sha256(`blob ${n}`));
  await Promise.all(digests.map((digest, n) => writer.putBlob(digest, utf8(`blob ${n}`))));
  await writer.putBlob(digests[0]!, utf8("blob 0"));
  expect(readdirSync(published("blobs")).every((name) => name.startsWith(".tmp-"))).toBe(true);
  await writer.settleBlobs();
  await writer.settleBlobs();
  const names = readdirSync(published("blobs"), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  expect(names.map(({ name }) => name).sort()).toEqual([...digests].sort());
  for (const digest of digests) expect(await reader.blob(digest)).toMatchObject({ kind: "found" });
});

describe("how far a publication is", () => {
  test("is told until its manifest is in force", async () => {
    expect(await reader.progress()).toBeUndefined();
    await writer.setProgress({ done: 0, total: 200_000 });
    await writer.setProgress({ done: 4200, total: 200_000 });
    expect(await reader.progress()).toEqual({ done: 4200, total: 200_000 });
    expect(readdirSync(published())).not.toContainEqual(expect.stringContaining("tmp"));
    await writer.setCurrent(sha256("x"));
    expect(await reader.progress()).toBeUndefined();
  });

  test.each(["", "1 2", "1 2\n3 4\n", "-1 2\n", "a b\n", `${"1".repeat(9)} 2\n`, "<b>1</b> 2\n"])(
    "%j is not believed",
    async (text) => {
      writeFileSync(published("progress"), text);
      expect(await reader.progress()).toBeUndefined();
    },
  );
});
