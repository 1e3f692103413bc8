// The end of a command's output holds no secret, however the output is coloured; hostile output cannot keep the validator busy.
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { coverageIn, tailOf } from "../../../src/validator/checks/command-output.ts";
import { openBench, type TestBench } from "../../support/bench.ts";
import { removeScratch, scratchRepository } from "../../support/scratch.ts";
import { pieced } from "../../support/pieced.ts";

const TOKEN = pieced(["gh", "p_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"]);
const PIN = ["Quokka", "4711", "Zebra"].join("-");
const TOML = `
[[principals]]
name = "somebody"
roles = ["proposer"]
[[secrets.redact]]
id = "pin"
paths = ["config/*.json"]
principals = ["somebody"]
pattern = 'pin: (\\S+)'
[[secrets.redact]]
id = "json"
paths = ["config/*.json"]
json_path = "$.pin"
[[secrets.redact]]
id = "slow"
paths = ["config/*.json"]
pattern = '(?s)k=(\\w+)(?:.*END)?'
`;

let on: TestBench;
let repo: string;
beforeAll(async () => {
  repo = scratchRepository("output", { "a.ts": "one\n" });
  on = await openBench(repo, TOML);
});
afterAll(() => {
  for (const place of [repo, on.state]) removeScratch(place);
});

const output = (stdout: string, stderr = ""): { stdout: Buffer; stderr: Buffer } => ({
  stdout: Buffer.from(stdout),
  stderr: Buffer.from(stderr),
});
const tail = (stdout: string, stderr = ""): readonly string[] =>
  tailOf(on.bench.setup, output(stdout, stderr));
const cut = (between: string): string => `token ${TOKEN.slice(0, 12)}${between}${TOKEN.slice(12)}\n`;

describe("no secret reaches the verdict", () => {
  test.each([
    ["as it is", cut("")],
    ["behind a colour", cut("\u001b[0m")],
    ["behind a colour of many numbers", cut("\u001b[38:2:255:0:0m")],
    ["behind a carriage return", cut("\r")],
    ["behind a backspace", cut("\b")],
    ["behind a zero byte", cut("\0")],
    ["behind a title of the terminal", cut("\u001b]0;title\u0007")],
    ["behind a character that nobody sees", cut("\u200b")],
    ["behind a soft hyphen", cut("\u00ad")],
  ])("%s", (_, text) => {
    const said = tail(`first\n${text}last\n`).join("\n");
    expect(said).toContain("[REDACTED:");
    expect(said).not.toContain(TOKEN.slice(14));
    expect(said).toMatch(/^first\n[^]*\nlast$/);
  });

  test("nor what a rule names for somebody at some path", () => {
    expect(tail(`pin: ${PIN}\n`)).toEqual(["pin: [REDACTED:pin]"]);
  });

  test("nor a part of one that begins before what is looked at", () => {
    const half = `${"x".repeat(200)} token ${TOKEN}${"y".repeat(16_384 - 20)}\nend\n`;
    expect(tail(half).join("\n")).toBe("end");
  });
});

// Nothing rather than something that an expression was too slow to mask.
test("output that cannot be masked is not shown", () => {
  expect(tail("k=a ".repeat(4000))).toEqual([expect.stringContaining("cannot be shown")]);
});

test("the last 20 lines, of standard output and then of standard error", () => {
  const many = Array.from({ length: 40 }, (_, at) => `line ${at}`).join("\n");
  expect(tail(many, "error\n")).toEqual([...many.split("\n").slice(-19), "error"]);
});

// Threat: each search looks to the end of the text for what might follow, and there are as many as the output likes.
describe("coverage", () => {
  test("ends in time, and others have a turn meanwhile", { timeout: 60_000 }, async () => {
    let turns = 0;
    const search = new AbortController();
    const over = search.signal;
    const turning = (async () => {
      for (; !over.aborted; turns += 1) await nextTurn();
    })();
    let now = 0;
    const clock = (): number => (now += 250);
    const found = coverageIn("(?s)(\\d+)%(?:.*END)?", output("1% ".repeat(80_000)), { clock });
    expect(await found).toEqual({ kind: "late" });
    search.abort();
    await turning;
    expect(turns).toBeGreaterThan(10);
  });

  // Threat: a test of the patch that prints a total of its own on the stream that is looked through last.
  test.each([
    ["a total of its own on standard error", "TOTAL 10%\n", "TOTAL 100%\n", { kind: "told", percent: 10 }],
    ["a total of its own on standard output", "TOTAL 100%\n", "TOTAL 10%\n", { kind: "told", percent: 10 }],
    ["standard error alone", "ok\n", "TOTAL 70%\n", { kind: "told", percent: 70 }],
    [
      "the last match of a stream",
      "TOTAL 5%\nTOTAL 80%\n",
      "TOTAL 90%\nTOTAL 85%\n",
      { kind: "told", percent: 80 },
    ],
    ["a match that is no percentage", "TOTAL 900%\n", "TOTAL 100%\n", { kind: "none" }],
    ["halves on two streams", "TOTAL", " 100%", { kind: "none" }],
  ])("%s: the lower one counts", async (_title, out, err, expected) => {
    expect(await coverageIn("TOTAL\\s+(\\d+)%", output(out, err), on.bench)).toEqual(expected);
  });

  test("is searched for at the end of what was written", async () => {
    const { bench } = on;
    const far = output(`TOTAL 80%\n${"x".repeat(300_000)}`);
    expect(await coverageIn("TOTAL +(\\d+)%", far, bench)).toEqual({ kind: "none" });
    const near = output(`${"x".repeat(300_000)}\nTOTAL 80%\n`, "y".repeat(300_000));
    expect(await coverageIn("TOTAL +(\\d+)%", near, bench)).toEqual({ kind: "told", percent: 80 });
  });
});
