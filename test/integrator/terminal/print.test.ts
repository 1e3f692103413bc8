// What reaches the person's terminal: hostile text escaped and whole, colour only where it belongs, columns aligned.
import { describe, expect, test } from "vitest";
import {
  columns,
  jsonText,
  painter,
  uncommanding,
  wantsColour,
  wholeLine,
  wrapped,
} from "../../../src/integrator/terminal/print.ts";

const hostile = ["\u001b[31m", "\u009b2J", "\r", "\b", "\u202e", "\u200b", "\u2028", "\u{e0041}", "\u0000"];

describe("agent text", () => {
  test.each(hostile)("%j is written out, in lines and paragraphs", (text) => {
    const code = (text.codePointAt(0) ?? 0).toString(16);
    const line = `before ${text} after`;
    for (const shown of [wholeLine(line), wrapped(line, 80).join("\n")]) {
      expect(shown).toContain(`\\u{${code}}`);
      expect(shown.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }
  });

  test("is whole however long: what is not shown would land unseen", () => {
    const tail = "x".repeat(5000);
    expect(wholeLine(`${tail}EVIL`)).toBe(`${tail}EVIL`);
    expect(wholeLine(`${"😀".repeat(2000)}EVIL`)).toBe(`${"😀".repeat(2000)}EVIL`);
  });

  test("tabs stay", () => {
    expect(wholeLine("\tif x:\t1")).toBe("\tif x:\t1");
  });
});

/** What GitHub, Azure and TeamCity run when a job prints it. */
const commands = [
  "::error::boom",
  "   ::set-output name=x::y",
  "\t::stop-commands::z",
  "\u3000::add-mask::a",
  "text ##[error]boom",
  "x##vso[task.setvariable variable=a]b",
  "##VSO[task.complete]",
  "##teamcity[buildStatus status='SUCCESS']",
];
const isCommand = /^\s*::|##(?:\[|vso\[|teamcity\[)/imu;

describe("a command for a CI", () => {
  test.each(commands)("%j is written so that it is none", (text) => {
    expect(text).toMatch(isCommand);
    for (const shown of [
      wholeLine(text),
      uncommanding(`fine\n${text}\nfine`),
      jsonText({ said: text, [text]: 1 }),
    ])
      expect(shown).not.toMatch(isCommand);
    expect(uncommanding(text).replaceAll("\\u{3a}", ":").replaceAll("\\u{23}", "#")).toBe(text);
  });

  test("other colons and signs stay", () => {
    for (const text of ["a::b", "std::mem", "## Title", "##", "+ ::x"]) expect(uncommanding(text)).toBe(text);
  });
});

describe("JSON", () => {
  test.each([...hostile, ...commands, "\\##[x]", "\n", "ü"])(
    "%j reads the same, and shows nothing hidden",
    (text) => {
      const shown = jsonText({ text, [text]: [text] });
      expect(JSON.parse(shown)).toEqual({ text, [text]: [text] });
      expect(shown.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    },
  );
});

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: "1" }, false],
  [true, { NO_COLOR: "" }, true],
  [true, { TERM: "dumb" }, false],
])("colour on a terminal %s with %j: %s", (terminal, env, wanted) => {
  expect(wantsColour(terminal, env)).toBe(wanted);
});

test("columns are aligned by what is seen, not by colour codes, and end without spaces", () => {
  const rows = [
    ["ID", "STATE"],
    ["a", "approved"],
    ["bbbb", "x"],
  ];
  expect(columns(rows)).toBe("ID    STATE\na     approved\nbbbb  x\n");
  const painted = columns(rows, (cell) => painter(true)("red", cell));
  expect(painted.replaceAll(/\u001b\[\d+m/g, "")).toBe(columns(rows));
});
