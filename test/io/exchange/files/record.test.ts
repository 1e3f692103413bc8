// Hostile and damaged files in the exchange folder: each is a value with a reason, none stops the others.
import { mkdirSync, renameSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { canonical } from "../../../../src/core/base/canonical.ts";
import { MAX_ORDER_BYTES } from "../../../../src/core/proposal/order.ts";
import type { OrderReader } from "../../../../src/io/exchange/exchange.ts";
import { landingReader } from "../../../../src/io/exchange/files/landings.ts";
import { orderReader } from "../../../../src/io/exchange/files/orders.ts";
import { landing, order, patchId } from "../../../support/proposals.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";

let folder: string;
let orders: OrderReader;
const path = (n: number): string => join(folder, `${patchId(n)}.json`);
const text = canonical(order(1));

beforeEach(() => {
  folder = scratch("orders");
  orders = orderReader(folder);
});
afterEach(() => removeScratch(folder));

const damages: readonly (readonly [what: string, bytes: string | Buffer, why: RegExp])[] = [
  ["an empty file", "", /canonical/],
  ["a torn file", text.slice(0, -20), /canonical/],
  ["a file of zeros, as after a power loss", Buffer.alloc(text.length), /canonical/],
  ["a line feed at the end", `${text}\n`, /canonical/],
  ["keys in another order", JSON.stringify(order(1), Object.keys(order(1)).reverse()), /canonical/],
  ["a key twice", text.replace('"version":1', '"version":1,"version":1'), /canonical/],
  [
    "bytes that are not UTF-8",
    Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xff, 0x7d])]),
    /canonical/,
  ],
  ["an unknown key", canonical({ ...order(1), zzz: true }), /zzz/],
  [
    "a missing key",
    canonical(Object.fromEntries(Object.entries(order(1)).filter(([key]) => key !== "base"))),
    /base/,
  ],
  ["another version", canonical({ ...order(1), version: 2 }), /version/],
  ["the order of another patch", canonical(order(2)), /name announces/],
  ["nesting that would exhaust the stack", "[".repeat(200_000), /canonical/],
];

test.each(damages)("%s is damaged", async (_, bytes, why) => {
  writeFileSync(path(1), bytes);
  writeFileSync(path(2), canonical(order(2)));
  const found = await orders.read(patchId(1));
  expect(found).toMatchObject({ kind: "damaged", why: expect.stringMatching(why) as string });
  if (found.kind === "damaged") expect(Buffer.from(found.bytes)).toEqual(Buffer.from(bytes));
  expect(await orders.read(patchId(2))).toMatchObject({ kind: "found" });
});

test("a symbolic link is not followed, not even to a perfect order", async () => {
  writeFileSync(join(folder, "elsewhere"), text);
  symlinkSync(join(folder, "elsewhere"), path(1));
  expect(await orders.read(patchId(1))).toMatchObject({ kind: "damaged", why: "is a symbolic link" });
});

test("an oversized order is refused unread", async () => {
  writeFileSync(path(1), text);
  truncateSync(path(1), MAX_ORDER_BYTES + 1);
  expect(await orders.read(patchId(1))).toMatchObject({
    kind: "damaged",
    why: expect.stringContaining("larger") as string,
    bytes: new Uint8Array(),
  });
});

test("a folder under an order's name is damaged; names that are not ids are ignored", async () => {
  mkdirSync(path(1));
  for (const name of ["README", ".tmp-9-9", "x.json", `${patchId(3)}.closed.json`, `${patchId(4)}.json.bak`])
    writeFileSync(join(folder, name), text);
  expect(await orders.list()).toEqual([patchId(1)]);
  expect(await orders.read(patchId(1))).toMatchObject({ kind: "damaged" });
});

test("a closure must be about the patch of its name", async () => {
  const closure = { version: 1, patch_id: patchId(2), state: "expired", at: order(1).created };
  writeFileSync(join(folder, `${patchId(1)}.closed.json`), canonical(closure));
  expect(await orders.closure(patchId(1))).toMatchObject({ kind: "damaged" });
});

test("a landing must be the attempt of its name", async () => {
  const { attempt } = landing(1, 1);
  writeFileSync(join(folder, "x"), canonical(landing(1, 2)));
  renameSync(join(folder, "x"), join(folder, `${patchId(1)}.${attempt}.json`));
  const landings = landingReader(folder);
  const names = await landings.list();
  expect(names).toEqual([`${patchId(1)}.${attempt}`]);
  expect(await landings.read(names[0]!)).toMatchObject({ kind: "damaged" });
});

test("what the text of a hostile file says about itself is made printable", async () => {
  writeFileSync(path(1), canonical({ ...order(1), "\u202e\u001b[2J": 1 }));
  const found = await orders.read(patchId(1));
  expect(found).toMatchObject({
    kind: "damaged",
    why: expect.not.stringMatching(/[\u202e\u001b]/) as string,
  });
});
