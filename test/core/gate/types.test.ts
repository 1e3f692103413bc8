// Which values each type class takes: every class against one table of values.
import { expect, test } from "vitest";
import { typeClasses, type TypeClass } from "../../../src/core/gate/condition.ts";
import { bytesFault, typeFault } from "../../../src/core/gate/types.ts";
import { parseValue, type Value } from "../../../src/core/gate/value.ts";

/** JSON text, and the classes that take it beside dynamic. */
const VALUES: readonly (readonly [text: string, classes: readonly TypeClass[]])[] = [
  ["null", ["null"]],
  ["true", ["boolean"]],
  ["false", ["boolean"]],
  ["0", ["integer", "number"]],
  ["-0.0", ["integer", "number"]],
  ["7", ["integer", "number"]],
  ["7.0", ["integer", "number"]],
  ["70e-1", ["integer", "number"]],
  ["1e999999999", ["integer", "number"]],
  ["9007199254740993", ["integer", "number"]],
  ["7.5", ["number"]],
  ["7e-1", ["number"]],
  ["1e-999999999", ["number"]],
  ['""', ["string"]],
  ['"true"', ["string"]],
  ['"green"', ["string", "enum"]],
  ['"Green"', ["string"]],
  ['"green "', ["string"]],
  ['"123e4567-e89b-12d3-a456-426614174000"', ["string", "uuid"]],
  ['"123e4567-E89B-12d3-a456-426614174000"', ["string"]],
  ['"{123e4567-e89b-12d3-a456-426614174000}"', ["string"]],
  ['"123e4567-e89b-12d3-a456-42661417400"', ["string"]],
  ['"2024-02-29"', ["string", "date"]],
  ['"2023-02-29"', ["string"]],
  ['"2024-02-29T00:00:00Z"', ["string", "date-time"]],
  ['"2024-02-29T00:00:00"', ["string"]],
  ["[]", ["scalars", "array"]],
  ['[1,"a",null,true]', ["scalars", "array"]],
  ["[[]]", ["array"]],
  ["[1,{}]", ["array"]],
  ["{}", ["object"]],
  ['{"length":0}', ["object"]],
];

const value = (text: string): Value => {
  const read = parseValue(text);
  if (read === undefined) throw new Error(text);
  return read;
};
const words = ["green", "red"];

test.each(typeClasses)("%s takes its own values and no others", (type) => {
  for (const [text, classes] of VALUES) {
    const taken = typeFault({ types: [type], words }, value(text)) === undefined;
    expect(taken, text).toBe(type === "dynamic" || classes.includes(type));
  }
});

test("one of several classes is enough; none is never", () => {
  expect(typeFault({ types: ["null", "integer"] }, value("7"))).toBeUndefined();
  expect(typeFault({ types: ["null", "integer"] }, null)).toBeUndefined();
  expect(typeFault({ types: ["null", "integer"] }, value("7.5"))).toBe("type_number");
  expect(typeFault({ types: [] }, value("7"))).toBe("type_number");
  expect(typeFault({ types: ["toString" as TypeClass, "int" as TypeClass] }, value("7"))).toBe("type_number");
});

test("an enum without words has none", () => {
  expect(typeFault({ types: ["enum"] }, "green")).toBe("type_string");
});

test("the detail says what was found, and never the value", () => {
  const found = ["null", "true", "1", '"x"', "[]", "{}"].map((text) => typeFault({ types: [] }, value(text)));
  expect(found).toEqual([
    "type_null",
    "type_boolean",
    "type_number",
    "type_string",
    "type_array",
    "type_object",
  ]);
});

test("bytes are taken by dynamic alone", () => {
  for (const type of typeClasses)
    expect(bytesFault({ types: [type] })).toBe(type === "dynamic" ? undefined : "type_bytes");
  expect(bytesFault({ types: [] })).toBe("type_bytes");
});
