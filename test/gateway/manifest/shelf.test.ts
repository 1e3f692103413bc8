// The last good manifest stays, a bad one is told once, and a new one is recorded before it is served.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import { openShelf, type Shelf } from "../../../src/gateway/manifest/shelf.ts";
import { type PublishedState, publishedState } from "../../support/published.ts";
import { removeScratch } from "../../support/scratch.ts";

let state: PublishedState;
let shelf: Shelf;
let told: string[];
beforeEach(async () => {
  state = await publishedState();
  told = [];
  shelf = openShelf(state.exchange.published, [state.signer.trusted], "lab", {
    received: ({ digest }) => {
      expect(shelf.current()?.digest).not.toBe(digest);
      told.push(`received ${digest}`);
    },
    refused: (digest, { code }) => void told.push(`${code} ${digest}`),
  });
});
afterEach(() => removeScratch(state.layout.root));

const point = (digest: string): void =>
  writeFileSync(join(state.layout.exchange, "published/current"), `${digest}\n`);

test("nothing published is no manifest", async () => {
  await shelf.refresh();
  expect(shelf.current()).toBeUndefined();
  expect(told).toEqual([]);
});

test("a bad manifest is refused once, and the last good one stays", async () => {
  const good = await state.publish({ "a.ts": "a" });
  await shelf.refresh();
  point(sha256("nothing"));
  await shelf.refresh();
  await shelf.refresh();
  expect(shelf.current()?.digest).toBe(good);
  point("../../../etc/passwd");
  await shelf.refresh();
  expect(shelf.current()?.digest).toBe(good);
  const next = await state.publish({ "b.ts": "b" });
  await Promise.all([shelf.refresh(), shelf.refresh()]);
  expect(shelf.current()?.digest).toBe(next);
  expect(told).toEqual([`received ${good}`, `manifest_unavailable ${sha256("nothing")}`, `received ${next}`]);
});

test("what cannot be recorded is not served", async () => {
  await state.publish({ "a.ts": "a" });
  const silent = openShelf(state.exchange.published, [state.signer.trusted], "lab", {
    received: () => {
      throw new Error("the log is gone");
    },
    refused: () => undefined,
  });
  await expect(silent.refresh()).rejects.toThrow("the log is gone");
  expect(silent.current()).toBeUndefined();
});

test("listing and index hold served and omitted files, in the order of their paths", async () => {
  await state.publish({ "b.ts": "b", "a/x.ts": "x" }, { omitted: [{ path: "a/pic.png", reason: "binary" }] });
  await shelf.refresh();
  const current = shelf.current()!;
  expect(current.listing.map(({ path }) => path)).toEqual(["a/pic.png", "a/x.ts", "b.ts"]);
  expect([...current.index().paths]).toEqual(["a/pic.png", "a/x.ts", "b.ts"]);
});
