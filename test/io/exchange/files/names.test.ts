import { expect, test } from "vitest";
import { landingName, patchIdOf } from "../../../../src/io/exchange/files/names.ts";
import { landing, patchId } from "../../../support/proposals.ts";

const id = patchId(1);

test.each([
  `${id}.closed.json`,
  `${id}.json.json`,
  `${id}.JSON`,
  `${id.toUpperCase().replaceAll("0", "A")}.json`,
  `../${id}.json`,
  `${id}.json~`,
  `.tmp-1-1`,
  ".json",
  "00000001-0000-1000-8000-000000000000.json",
])("%s is not an order", (name) => {
  expect(patchIdOf(name, ".json")).toBeUndefined();
});

test("an order's and a verdict's name hold the patch id", () => {
  expect(patchIdOf(`${id}.json`, ".json")).toBe(id);
  expect(patchIdOf(`${id}.dsse.json`, ".dsse.json")).toBe(id);
});

const { attempt } = landing(1, 1);
test.each([
  id,
  `${id}.`,
  `${id}.x`,
  `${id}.${attempt}.x`,
  `${id}.../../${attempt}`,
  `${attempt}.${id}.json`,
  `${id}.${attempt.toUpperCase().replaceAll("1", "A")}`,
])("%s is not a landing", (name) => expect(landingName(name)).toBeUndefined());

test("a landing's name holds patch id and attempt", () => {
  expect(landingName(`${id}.${attempt}`)).toEqual({ id, attempt });
});
