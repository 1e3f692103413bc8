// Rubbish in the order and traps in the evidence folder: a verdict comes out, and it approves nothing.
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Order } from "../../../src/core/proposal/order.ts";
import {
  CLAIMED,
  GOOD,
  judged,
  openCi,
  openGateLab,
  type Scene,
  type Seen,
  SIGNED,
  verdictGate,
} from "../../support/verdict-gate.ts";

const ci = openCi();
const lab = openGateLab();
const POLICY = `${ci.pin}${SIGNED}${verdictGate('"signed"')}`;

afterAll(() => {
  lab.remove();
  ci.remove();
});

const envelopes = (texts: readonly string[]): Partial<Order> => ({
  evidence: texts.map((envelope) => ({ envelope })),
});
const RUBBISH = [
  "{",
  "null",
  "[]",
  "\u0000",
  '{"payload":1}',
  "x".repeat(16_384),
  `${"[".repeat(8000)}${"]".repeat(8000)}`,
];
const rubbish = (many: number): string[] =>
  Array.from({ length: many }, (_, n) => RUBBISH[n % RUBBISH.length] ?? "");

describe("rubbish in the order", () => {
  let there: Scene;
  beforeAll(async () => {
    there = await lab.scene(POLICY);
  });

  test("32 envelopes of it open nothing", async () => {
    const { outcome, trace } = await judged(there, GOOD, envelopes(rubbish(32)));
    expect(outcome).toBe("MANUAL_REQUIRED");
    expect(trace[0]).toMatch(/^signed unknown verified provider_error signed_/);
  });

  test("and hide a genuine one among them no more than they replace it", async () => {
    const { outcome, trace } = await judged(there, GOOD, envelopes([...rubbish(31), ci.envelope()]));
    // The gate holds; that a NUL stands in the evidence is another check's question to a person.
    expect([outcome, ...trace]).toEqual(["MANUAL_REQUIRED", "signed true verified"]);
    const drawn = rubbish(31).filter((text) => text !== "\u0000");
    const plain = await judged(there, GOOD, envelopes([...drawn, ci.envelope()]));
    expect([plain.outcome, ...plain.trace]).toEqual(["APPROVED", "signed true verified"]);
  });

  test("claims of the greatest size stay out of the verdict", async () => {
    const own = await lab.scene(`${CLAIMED}${verdictGate('"claimed"')}`);
    const evidence = Array.from({ length: 32 }, (_, n) => ({
      name: n === 0 ? "tests_passed" : `c${n}`,
      value: "é".repeat(2000),
    }));
    const { outcome, verdict } = await judged(own, GOOD, { evidence });
    expect(outcome).toBe("MANUAL_REQUIRED");
    const text = JSON.stringify(verdict);
    expect(text).not.toContain("éé");
    expect(text.length).toBeLessThan(20_000);
  });

  test("two claims of one name are none", async () => {
    const own = await lab.scene(`[trust]\nmin_lane = "asserted"\n${CLAIMED}${verdictGate('"claimed"')}`);
    const claim = { name: "tests_passed", value: true };
    expect((await judged(own, GOOD, { evidence: [claim] })).outcome).toBe("APPROVED");
    const { outcome, trace } = await judged(own, GOOD, { evidence: [{ ...claim, value: false }, claim] });
    expect([outcome, ...trace]).toEqual([
      "MANUAL_REQUIRED",
      "claimed unknown asserted provider_error caller_claim_twice",
    ]);
  });
});

describe("traps in the evidence folder", () => {
  const trapped = async (set: (folder: string) => void): Promise<Seen> => {
    const there = await lab.scene(POLICY);
    set(join(there.on.state, "evidence"));
    return judged(there);
  };

  test.each<readonly [string, (folder: string) => void]>([
    ["a FIFO", (folder) => execFileSync("mkfifo", [join(folder, "a.json")])],
    [
      "a link out of it, to a genuine statement",
      (folder) => {
        writeFileSync(join(folder, "..", "genuine"), ci.envelope());
        symlinkSync("../genuine", join(folder, "a.json"));
      },
    ],
    ["a link to a device", (folder) => symlinkSync("/dev/zero", join(folder, "a.json"))],
    ["a link to itself", (folder) => symlinkSync("a.json", join(folder, "a.json"))],
    ["a folder of that name", (folder) => mkdirSync(join(folder, "a.json"))],
    ["a file of 8 MiB", (folder) => writeFileSync(join(folder, "a.json"), Buffer.alloc(8_388_608, 0x20))],
    [
      "more files than are read",
      (folder) => {
        for (let n = 0; n < 300; n++) writeFileSync(join(folder, `${n}.json`), ci.envelope());
      },
    ],
  ])("%s opens nothing, and the verdict comes out", async (_, set) => {
    const { outcome, trace } = await trapped(set);
    expect(outcome).toBe("MANUAL_REQUIRED");
    expect(trace[0]).toMatch(/^signed unknown verified provider_error signed_/);
  });

  test("a genuine statement beside any of that does not count: the other may take it back", async () => {
    const there = await lab.scene(POLICY);
    const folder = join(there.on.state, "evidence");
    writeFileSync(join(folder, "c.json"), "{");
    writeFileSync(join(folder, "d.json"), ci.envelope());
    const { outcome, trace } = await judged(there);
    // The operator hears which file it is.
    expect(there.on.logged.join()).toContain("c.json");
    expect([outcome, ...trace]).toEqual([
      "MANUAL_REQUIRED",
      "signed unknown verified provider_error signed_folder",
    ]);
  });

  test("beside files of other names it counts", async () => {
    const { outcome, trace } = await trapped((folder) => {
      execFileSync("mkfifo", [join(folder, "a.tmp")]);
      symlinkSync("/dev/zero", join(folder, "b"));
      writeFileSync(join(folder, ".c.json.part"), "{");
      writeFileSync(join(folder, "d.json"), ci.envelope());
    });
    expect([outcome, ...trace]).toEqual(["APPROVED", "signed true verified"]);
  });
});
