// The person's word: which outcome lands with which flag, who is asked, and what counts as an answer.
import { randomUUID } from "node:crypto";
import { appendFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { landingBranch, type PatchId } from "../../../src/core/base/ids.ts";
import { instant } from "../../../src/core/base/time.ts";
import { integrate } from "../../../src/integrator/commands/integrate.ts";
import { show } from "../../../src/integrator/commands/show.ts";
import { gatewayExchange } from "../../../src/io/exchange/files/open.ts";
import { layout } from "../../../src/io/file/layout.ts";
import { createFolders } from "../../../src/io/file/state.ts";
import { attempt } from "../../support/attempt.ts";
import { git, removeScratch, scratch } from "../../support/scratch.ts";
import { type Desk, openDesk, propose, type ProposalOptions, type Proposed } from "../../support/verdicts.ts";
import { testWorld } from "../../support/world.ts";

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.remove());

const run = (
  id: PatchId,
  options?: Parameters<typeof attempt>[2],
  world?: Parameters<typeof attempt>[3],
): ReturnType<typeof attempt> => attempt(desk, id, options, world);

const refs = (): string => git(desk.repo, "for-each-ref");
const later = (millis: number): ReturnType<typeof instant> => instant(desk.now + millis);

describe("the matrix of outcome and flag", () => {
  const right = (made: Proposed): string => made.sha256.slice(0, 32);
  const wrong = (made: Proposed): string =>
    `${made.sha256.startsWith("0") ? "1" : "0"}${made.sha256.slice(1, 32)}`;
  test.each([
    { outcome: "APPROVED", flag: "none", answer: "landed" },
    { outcome: "APPROVED", flag: "right", answer: "landed" },
    { outcome: "APPROVED", flag: "wrong", answer: "confirm_mismatch" },
    { outcome: "MANUAL_REQUIRED", flag: "none", answer: "confirm_required" },
    { outcome: "MANUAL_REQUIRED", flag: "right", answer: "landed" },
    { outcome: "MANUAL_REQUIRED", flag: "wrong", answer: "confirm_mismatch" },
    { outcome: "REJECTED", flag: "none", answer: "verdict_rejected" },
    { outcome: "REJECTED", flag: "right", answer: "verdict_rejected" },
    { outcome: "REJECTED", flag: "wrong", answer: "verdict_rejected" },
  ] as const)("$outcome, --confirm $flag: $answer", async ({ outcome, flag, answer }) => {
    const made = await propose(desk, { outcome });
    const confirm = flag === "none" ? {} : { confirm: flag === "right" ? right(made) : wrong(made) };
    const dry = await run(made.id, { ...confirm, dryRun: true });
    const done = await run(made.id, confirm);
    expect(dry.answer).toBe(answer === "landed" ? "passed" : answer);
    expect(done.answer).toBe(answer);
    expect(done.code).toBe(answer === "landed" ? 0 : 1);
    expect(refs().includes(landingBranch(made.id))).toBe(answer === "landed");
  });

  test.each([8, 31, 65])("a confirmation of %i characters is none", async (length) => {
    const made = await propose(desk, { outcome: "MANUAL_REQUIRED" });
    const { answer } = await run(made.id, { confirm: `${made.sha256}0`.slice(0, length) });
    expect(answer).toBe("confirm_mismatch");
  });

  test("a person at the terminal is asked, and only for MANUAL_REQUIRED when all else holds", async () => {
    const made = await propose(desk, { outcome: "MANUAL_REQUIRED" });
    expect((await run(made.id, {}, { answer: "" })).answer).toBe("confirm_required");
    expect((await run(made.id, {}, { answer: "yes" })).answer).toBe("confirm_mismatch");
    const landed = await run(made.id, {}, { answer: made.sha256.slice(0, 8).toUpperCase() });
    expect(landed.answer).toBe("landed");
    expect(landed.landing.confirmed).toBe(true);
    const easy = await propose(desk, { edit: { "src/b.txt": "b\n" } });
    expect((await run(easy.id, {}, { answer: "no" })).said.err).not.toContain("Type the first");
    const hopeless = await propose(desk, { outcome: "MANUAL_REQUIRED", predicate: { expires: later(0) } });
    expect((await run(hopeless.id, {}, { answer: "x" })).said.err).not.toContain("Type the first");
  });
});

describe("two patches of one maker", () => {
  const twins = (): readonly [PatchId, PatchId] => {
    const [a, b] = [randomUUID(), randomUUID()];
    return [a as PatchId, `${a.slice(0, 8)}${b.slice(8)}` as PatchId];
  };

  test("a short id stays ambiguous when one of the orders is hidden after its verdict", async () => {
    const [mine, twin] = twins();
    await propose(desk, { id: mine });
    await propose(desk, { id: twin, edit: { "src/b.txt": "evil\n" } });
    await (await gatewayExchange(desk.places.exchange)).orders.remove(mine);
    const world = testWorld({ cwd: desk.repo, now: desk.now });
    for (const command of [integrate, show]) {
      await expect(command.run(world, [mine.slice(0, 8)], { state: desk.places.root })).rejects.toMatchObject(
        {
          code: "usage",
          message: expect.stringContaining("2 patches begin with") as string,
        },
      );
    }
    expect(refs()).not.toContain("countersign/");
  });

  test("the prompt shows the very patch that it asks about, whole", async () => {
    const made = await propose(desk, { outcome: "MANUAL_REQUIRED", order: { title: "T\u001b[2J" } });
    const { said } = await run(made.id, {}, { answer: "" });
    for (const word of [made.id, made.sha256, "+TWO", "path_protected"]) expect(said.err).toContain(word);
    expect(said.err).not.toContain("\u001b");
  });
});

describe("while the question is open", () => {
  /** Types the right word, after something happened. */
  const after = async (
    made: Proposed,
    happens: () => unknown,
    now?: () => number,
  ): Promise<Awaited<ReturnType<typeof attempt>>> => {
    const answer = async (): Promise<string> => {
      await happens();
      return made.sha256.slice(0, 8);
    };
    return run(made.id, {}, now === undefined ? { answer } : { answer, now });
  };
  const manual = (options: ProposalOptions = {}): Promise<Proposed> =>
    propose(desk, { outcome: "MANUAL_REQUIRED", ...options });

  test("nothing happens: it lands", async () => {
    expect((await after(await manual(), () => undefined)).answer).toBe("landed");
  });

  test("the proposer withdraws it", async () => {
    const made = await manual();
    const { orders } = await gatewayExchange(desk.places.exchange);
    const { answer } = await after(made, () =>
      orders.close({ version: 1, patch_id: made.id, state: "withdrawn", at: later(0) }),
    );
    expect(answer).toBe("patch_withdrawn");
    expect(refs()).not.toContain(landingBranch(made.id));
  });

  test.each([
    ["the verdict", { predicate: 5000, order: 9000 }, "verdict_expired"],
    ["the proposal", { predicate: 9000, order: 5000 }, "order_expired"],
  ] as const)("%s expires", async (_what, { predicate, order }, code) => {
    const made = await manual({
      predicate: { expires: later(predicate) },
      order: { expires: later(order) },
    });
    let now = desk.now + 1000;
    const done = await after(
      made,
      () => (now = desk.now + 5000),
      () => now,
    );
    expect(done.answer).toBe(code);
    expect(done.landing.at).toBe(later(5000));
    expect(refs()).not.toContain(landingBranch(made.id));
  });

  test("order, verdict and receipt are exchanged for others, all genuine, with the same patch", async () => {
    const made = await manual();
    const aside = { ...desk, places: layout(scratch("aside")) };
    const other = { id: made.id, outcome: "MANUAL_REQUIRED", order: { title: "Other" } } as const;
    createFolders(aside.places);
    const twin = await propose(aside, other);
    const receipt = join("receipts", `${made.id}.tlog-proof`);
    const sealed = readFileSync(join(aside.places.exchange, receipt));
    removeScratch(aside.places.root);
    const { answer } = await after(made, async () => {
      writeFileSync(join(desk.places.exchange, "verdicts", `${made.id}.dsse.json`), twin.envelope);
      writeFileSync(join(desk.places.exchange, receipt), sealed);
      await (await gatewayExchange(desk.places.exchange)).orders.put(twin.order);
    });
    expect(answer).toBe("confirm_mismatch");
  });

  test("the policy changes", async () => {
    const { answer } = await after(await manual(), () =>
      appendFileSync(desk.places.config, "\n[proposal]\nmax_files = 3\n"),
    );
    expect(answer).toBe("policy_changed");
  });
});

test("what breaks before the first question is on record as well: HEAD is on no branch", async () => {
  const made = await propose(desk);
  git(desk.repo, "checkout", "-q", "--detach");
  await expect(run(made.id)).rejects.toMatchObject({ code: "repository_unusable" });
  const [name] = readdirSync(join(desk.places.exchange, "landings"));
  expect(name).toContain(made.id);
});
