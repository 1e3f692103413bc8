// Showing a proposal: every word of the agent's is escaped, the whole diff is there, and the next step fits the verdict.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { show } from "../../../src/integrator/commands/show.ts";
import { type Desk, openDesk, propose, type ProposalOptions, throwAwayKey } from "../../support/verdicts.ts";
import { testWorld } from "../../support/world.ts";

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.remove());

async function shown(
  options: ProposalOptions,
  json = false,
): Promise<{ code: number; out: string; sha256: string; id: string }> {
  const { id, sha256 } = await propose(desk, options);
  const world = testWorld({ cwd: desk.repo, now: desk.now });
  const code = await show.run(world, [id.slice(0, 8)], {
    state: desk.places.root,
    ...(json ? { json } : {}),
  });
  return { code, out: world.said.out, sha256, id };
}

test("nothing that an agent writes reaches the terminal as more than text", async () => {
  const evil = "\u001b[2J\u202e\u200b\u009b31m";
  const { out } = await shown({
    edit: { "src/a.txt": `one\n${evil}two\nthree\n` },
    order: { title: `T${evil}`, rationale: `R${evil}`, evidence: [{ name: "tests", value: evil }] },
  });
  expect(out.replaceAll("\n", "").replaceAll("\t", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(out).toContain("+\\u{1b}[2J\\u{202e}\\u{200b}\\u{9b}31mtwo");
});

test("a long line is shown to its end", async () => {
  const { out } = await shown({ edit: { "src/a.txt": `${"x".repeat(1900)}EVIL\n` } });
  expect(out).toContain("xEVIL");
});

describe("the next step", () => {
  test.each([
    [{}, "next: countersign integrate"],
    [{ outcome: "MANUAL_REQUIRED" }, "--confirm"],
  ] as const)("%j: %s", async (options, next) => {
    expect((await shown(options)).out).toContain(next);
  });

  test.each([{ outcome: "REJECTED" }, { unjudged: true }] as const)("%j: there is none", async (options) => {
    expect((await shown(options)).out).not.toContain("next:");
  });

  test("for a stranger's verdict there is none, and it is named", async () => {
    const { out } = await shown({ key: throwAwayKey() });
    expect(out).not.toContain("next:");
    expect(out).not.toContain("verdict: APPROVED");
    expect(out).toContain("verdict_signature");
  });
});

test("as JSON it is whole", async () => {
  const { out, sha256, id } = await shown({ outcome: "MANUAL_REQUIRED" }, true);
  expect(JSON.parse(out)).toMatchObject({
    patch_id: id,
    state: "manual_required",
    patch_sha256: sha256,
    verdict: { predicate: { outcome: "MANUAL_REQUIRED" } },
  });
});
