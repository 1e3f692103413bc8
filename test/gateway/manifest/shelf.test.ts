// The last good manifest stays, a bad one is told once, and a new one is recorded before it is served.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import type { Instant } from "../../../src/core/base/time.ts";
import { openShelf, type Shelf } from "../../../src/gateway/manifest/shelf.ts";
import { type PublishedState, publishedState } from "../../support/published.ts";
import { removeScratch } from "../../support/scratch.ts";

let state: PublishedState;
let shelf: Shelf;
let told: string[];
beforeEach(async () => {
  state = await publishedState();
  told = [];
  shelf = openShelf(state.exchange.published, expected(), {
    received: ({ digest }) => {
      expect(shelf.current()?.digest).not.toBe(digest);
      told.push(`received ${digest}`);
    },
    refused: (digest, { code }) => void told.push(`${code} ${digest}`),
  });
});
afterEach(() => removeScratch(state.layout.root));

const expected = () => ({ keys: () => [state.signer.trusted], repository: "lab", policy: state.policy() });
const point = (digest: string): void =>
  writeFileSync(join(state.layout.exchange, "published/current"), `${digest}\n`);

test("nothing published is no manifest", async () => {
  await shelf.refresh();
  expect(shelf.current()).toBeUndefined();
  expect(shelf.open()).toMatchObject({ refusal: { code: "manifest_unavailable" } });
  expect(told).toEqual([]);
});

test("while the first manifest is made, those who ask hear at once how far it is, until it is there", async () => {
  await state.exchange.published.setProgress({ done: 4200, total: 10_000 });
  await shelf.refresh();
  const said = shelf.open();
  expect(said).toMatchObject({ refusal: { code: "manifest_unavailable", retry_after: 2 } });
  expect(said.ok ? "" : said.refusal.message).toContain("4200 of 10000 files");
  await state.publish({ "a.ts": "a" });
  await shelf.refresh();
  expect(shelf.open().ok).toBe(true);
});

// Threat: publish.exclude was just extended, and the validator that runs does not know it yet, or the other way round.
test("a manifest of another configuration is not served, and takes back the one that was", async () => {
  const good = await state.publish({ "a.ts": "a" });
  await shelf.refresh();
  const other = await state.publish({ "a.ts": "a", "secret.ts": "s" }, { policy: sha256("other") });
  await shelf.refresh();
  await shelf.refresh();
  expect(shelf.current()).toBeUndefined();
  expect(shelf.open()).toMatchObject({
    refusal: { code: "policy_changed", where: other, fix: expect.stringContaining("restart") as string },
  });
  const next = await state.publish({ "b.ts": "b" });
  await shelf.refresh();
  expect(shelf.open()).toMatchObject({ ok: true, value: { digest: next } });
  expect(told).toEqual([`received ${good}`, `policy_changed ${other}`, `received ${next}`]);
});

// Threat: whoever writes published/ puts a signed manifest back, whose files were taken out since.
test.each(["policy", "other"])("an older manifest is not taken back, behind one under %s", async (newer) => {
  const old = await state.publish({ "a.ts": "a" }, { created: "2026-11-22T10:00:00.000Z" as Instant });
  const created = "2026-11-22T10:00:01.000Z" as Instant;
  const policy = newer === "policy" ? state.policy() : sha256(newer);
  await shelf.refresh();
  const latest = await state.publish({ "b.ts": "b" }, { created, policy });
  await shelf.refresh();
  point(old);
  await shelf.refresh();
  await shelf.refresh();
  expect(shelf.current()?.digest).toBe(newer === "policy" ? latest : undefined);
  expect(told.slice(2)).toEqual([`manifest_rollback ${old}`]);
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
  const silent = openShelf(state.exchange.published, expected(), {
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
