// What tests must not do: measure time, which on a busy machine says something about the machine; and keep folders of their own.
import { describe, expect, test } from "vitest";
import { files, read } from "./files.ts";

const own = ["test/house/bans.test.ts", "test/house/clock.test.ts"];
const tests = files.filter((path) => /^test\/.*\.ts$/.test(path) && !own.includes(path));
/** What asserts; the programs beside them (bench, fuzz, crash rounds) report times to people. */
const asserting = tests.filter((path) => /\bfrom "vitest"/.test(read(path)));

const stopwatch = /\bperformance\s*\.\s*now\b|\bcpuUsage\b|\bhrtime\b|\bexpect\([^;]*\bDate\.now\(\)\s*-/;
const folder = /\bmkdtemp(?:Sync)?\b/;

test("no test looks at a stopwatch: it counts work, orders events, or has its runner's patience", () => {
  expect(asserting.length).toBeGreaterThan(300);
  expect(asserting.filter((path) => stopwatch.test(read(path)))).toEqual([]);
});

test("every temporary folder is made where it is known and removed with its test file", () => {
  const rooms = ["test/support/run.ts", "test/support/scratch.ts"];
  expect(tests.filter((path) => folder.test(read(path)))).toEqual(rooms);
});

describe("the nets have the right holes", () => {
  test.each([
    {
      net: stopwatch,
      caught: [
        "const from = performance.now();",
        "performance\n  .now()",
        "process.cpuUsage(before)",
        "const { cpuUsage } = process;",
        "process.hrtime.bigint()",
        "expect(Date.now() - started).toBeLessThan(2000)",
        "expect(\n  Date.now() - started,\n).toBeLessThan(2000)",
      ],
      free: [
        "touch(state, Date.now() - DAY)",
        "clock: () => Date.now()",
        "expect(at).toBe(1); Date.now() - 1",
      ],
    },
    {
      net: folder,
      caught: ["mkdtempSync(join(tmpdir(), name))", "await mkdtemp(prefix)"],
      free: ["mkdirSync(folder)"],
    },
  ])("$net", ({ net, caught, free }) => {
    expect(caught.filter((text) => !net.test(text))).toEqual([]);
    expect(free.filter((text) => net.test(text))).toEqual([]);
  });
});
