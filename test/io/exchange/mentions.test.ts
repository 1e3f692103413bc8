// Who erases a person is told which files of the exchange go on naming them, also inside of envelopes, and which nobody could read.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mentionsOf } from "../../../src/io/exchange/mentions.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const BOB = "bob@example.org";

let exchange: string;
beforeEach(() => {
  exchange = scratch("mentions");
});
afterEach(() => removeScratch(exchange));

function put(name: string, value: unknown): void {
  mkdirSync(dirname(join(exchange, name)), { recursive: true });
  writeFileSync(join(exchange, name), typeof value === "string" ? value : JSON.stringify(value));
}
const envelope = (value: unknown) => ({
  payload: Buffer.from(JSON.stringify(value)).toString("base64"),
  signatures: [],
});

test("in an exchange without files nobody is named", async () => {
  expect(await mentionsOf(exchange, BOB)).toEqual({ files: [], unread: [] });
});

test("orders, also put aside, verdicts, landings, incidents and the journal are looked through", async () => {
  put("orders/1.json", { principal: BOB });
  put("orders/quarantine/2.json", { principal: "BOB@example.org" });
  put("verdicts/3.dsse.json", envelope({ predicate: { proposer: { principal: BOB } } }));
  put("verdicts/4.dsse.json", envelope({ predicate: { proposer: { principal: "alice" } } }));
  put("landings/5.a.json", { person: "bob" });
  put("incidents/6.json", { person: "bob" });
  put("journal/7.json", { person: "bob" });
  put("orders/.tmp-1-1", { principal: BOB });
  const of = async (name: string) => (await mentionsOf(exchange, name)).files;
  expect(await of(BOB)).toEqual(["orders/1.json", "orders/quarantine/2.json", "verdicts/3.dsse.json"]);
  expect(await of("person:bob")).toEqual(["landings/5.a.json", "incidents/6.json", "journal/7.json"]);
  expect(await of("person:Bob")).toEqual([]);
  expect(await of("nobody")).toEqual([]);
});

test("what cannot be read is named apart: nobody knows whom it names", async () => {
  put("verdicts/1.dsse.json", "no JSON");
  put("journal", "");
  put("orders/2.json", { principal: BOB });
  symlinkSync(join(exchange, "orders", "2.json"), join(exchange, "orders", "3.json"));
  expect(await mentionsOf(exchange, BOB)).toEqual({
    files: ["orders/2.json"],
    unread: ["orders/3.json", "verdicts/1.dsse.json", "journal"],
  });
});
