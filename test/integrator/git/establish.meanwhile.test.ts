// What happens while slow evidence is gathered counts: withdrawals, the branch and the clock are looked at behind it.
import { randomUUID } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { landedRef, landingBranch, type RefName } from "../../../src/core/base/ids.ts";
import { incidentIdSchema } from "../../../src/core/audit/incident.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { instant } from "../../../src/core/base/time.ts";
import type { Attempt } from "../../../src/integrator/git/integrate.ts";
import type { Terms } from "../../../src/integrator/git/terms.ts";
import { SEALER_PUBLIC } from "../../../src/io/file/layout.ts";
import { gatewayExchange, integratorExchange } from "../../../src/io/exchange/files/open.ts";
import type { Closure } from "../../../src/core/proposal/order.ts";
import { drop, landed, openCiDesk } from "../../support/ci-desk.ts";
import { git, writeFiles } from "../../support/scratch.ts";
import { type Happening, landOn, type Scene } from "../../support/slow-landing.ts";
import { type Desk, propose, type Proposed, throwAwayKey } from "../../support/verdicts.ts";

let desk: Desk;
let now: number;
/** What of the terms is another than the desk's, from now on. */
let changed: Partial<Terms>;
beforeEach(() => {
  desk = openCiDesk();
  now = desk.now + 1000;
  changed = {};
});
afterEach(() => desk.remove());

const tryToLand = (made: Proposed, scene: Scene): Promise<Attempt> =>
  landOn({ desk, now: () => now, changed: () => changed }, made, scene);

const close =
  (state: Closure["state"]): Happening =>
  async ({ id }) =>
    (await gatewayExchange(desk.places.exchange)).orders.close({
      version: 1,
      patch_id: id,
      state,
      at: instant(now),
    });

/** The same files under another history. */
const rewritten = (): void => {
  const commit = git(desk.repo, "commit-tree", "main^{tree}", "-m", "rewritten").trim();
  git(desk.repo, "update-ref", "refs/heads/main", commit);
};
const movedOn = (): void => {
  writeFiles(desk.repo, { "other.txt": "theirs\n" });
  git(desk.repo, "add", "-A");
  git(desk.repo, "commit", "-q", "-m", "theirs");
};
const later =
  (millis: number): Happening =>
  () => {
    now += millis;
  };

const replaceSealer = (): void => writeFileSync(join(desk.places.trust, SEALER_PUBLIC), stranger.pem);
const change =
  (over: () => Partial<Terms>): Happening =>
  () => {
    changed = over();
  };
const stranger = throwAwayKey();

const answerOf = ({ landing: { result } }: Attempt): string =>
  result.kind === "refused" ? result.refusal.code : result.kind;
const refs = (): string => git(desk.repo, "for-each-ref", "--format=%(refname)");
const freeze: Happening = async () =>
  (await integratorExchange(desk.places.exchange)).incidents.put({
    version: 1,
    incident_id: incidentIdSchema.parse(randomUUID()),
    opened: instant(now),
    person: "tester",
    reason: "for a test",
    freezes: "changes",
    patch_id: null,
  });

const cases: readonly (readonly [string, Happening, string])[] = [
  ["the patch is withdrawn", close("withdrawn"), "patch_withdrawn"],
  ["an incident is opened", freeze, "incident_open"],
  ["the sealer's key is replaced", () => replaceSealer(), "seal_invalid"],
  ["a newer one replaces it", close("superseded"), "patch_superseded"],
  ["it is ended as expired", close("expired"), "order_expired"],
  ["the verdict expires", later(60_000), "verdict_expired"],
  ["the base is rewritten out of the branch", rewritten, "base_moved"],
  ["the branch moves on in other files: base_is_tip was asked before", movedOn, "base_moved"],
  ["the policy changes", change(() => ({ policy: sha256("another") })), "policy_changed"],
  ["the verdict's key is replaced", change(() => ({ keys: [{ ...stranger }] })), "verdict_signature"],
  [
    "another branch is served",
    change(() => ({ targetRef: "refs/heads/other" as RefName })),
    "verdict_mismatch",
  ],
  ["the branch is deleted", () => git(desk.repo, "update-ref", "-d", "refs/heads/main"), "base_moved"],
];

describe.each(["evidence", "authority"] as const)("while the %s is asked", (slow) => {
  test.each(cases)("%s: nothing lands", async (_what, happening, code) => {
    const made = await propose(desk, { predicate: { expires: instant(desk.now + 60_000) } });
    drop(desk, made);
    const done = await tryToLand(made, { [slow]: happening });
    expect(answerOf(done)).toBe(code);
    expect(landed(desk, made)).toBe(false);
    expect(refs()).not.toContain(landedRef(made.id));
  });

  test("nothing happens: it lands, dated when the evidence was there", async () => {
    const made = await propose(desk);
    drop(desk, made);
    const done = await tryToLand(made, { [slow]: later(5000) });
    expect(answerOf(done)).toBe("landed");
    expect(done.landing.at).toBe(instant(desk.now + 6000));
  });
});

/** Threat: packing takes minutes, and what a person or an agent ended by then is landed all the same. */
describe("while git holds the refs of the landing, everything that can end it is looked at again", () => {
  const atLast =
    (happening: Happening): NonNullable<Scene["terms"]> =>
    (time, made) =>
      time === 3 ? happening(made) : undefined;
  // Git itself refuses to move a branch that it holds.
  test.each(cases.filter(([, , code]) => code !== "base_moved"))(
    "%s: nothing lands",
    async (_what, happening, code) => {
      const made = await propose(desk, { predicate: { expires: instant(desk.now + 60_000) } });
      drop(desk, made);
      const done = await tryToLand(made, { terms: atLast(happening) });
      expect([answerOf(done), done.decision.allowed]).toEqual([code, false]);
      expect(refs()).toBe("refs/heads/main\n");
    },
  );

  test("the evidence expires: nothing lands", async () => {
    const made = await propose(desk);
    drop(desk, made, { expires: instant(desk.now + 60_000) });
    const done = await tryToLand(made, { terms: atLast(later(60_000)) });
    expect(done.landing).toMatchObject({
      result: { refusal: { code: "provider_error" } },
      decision: { state: "unknown" },
    });
    expect(refs()).toBe("refs/heads/main\n");
  });

  test("the configuration cannot be read any more: nothing lands, and the refs are free", async () => {
    const made = await propose(desk);
    drop(desk, made);
    const broken = (): never => {
      throw new Error("no configuration");
    };
    await expect(tryToLand(made, { terms: atLast(broken) })).rejects.toThrow("no configuration");
    expect(refs()).toBe("refs/heads/main\n");
    expect(answerOf(await tryToLand({ ...made }, {}))).toBe("landed");
  });

  test("nothing happens: it lands, and it was so when git held them", async () => {
    const made = await propose(desk);
    drop(desk, made);
    const held: boolean[] = [];
    const lock = join(desk.repo, ".git", `${landingBranch(made.id)}.lock`);
    const done = await tryToLand(made, { terms: () => held.push(existsSync(lock)) });
    expect(answerOf(done)).toBe("landed");
    expect(held).toEqual([false, false, true]);
  });
});

describe("between the last look and the refs, git itself watches the branch", () => {
  /** A git that lets the branch be changed just before refs are written. */
  function programThat(change: string): string {
    const folder = join(desk.places.root, "bin");
    mkdirSync(folder);
    const file = join(folder, "git");
    const quiet = `git -C '${desk.repo}' -c user.name=a -c user.email=a@example.invalid`;
    const script = `#!/bin/sh\ncase " $* " in *" update-ref "*) ${change.replaceAll("GIT", quiet)} ;; esac\nexec git "$@"\n`;
    writeFileSync(file, script);
    chmodSync(file, 0o755);
    return file;
  }
  const REWRITE = "GIT update-ref refs/heads/BRANCH $(GIT commit-tree 'BRANCH^{tree}' -m rewritten)";

  const links: readonly (readonly [string, string, () => void])[] = [
    ["a branch", "main", () => undefined],
    ["a branch among packed refs", "main", () => git(desk.repo, "pack-refs", "--all")],
    [
      "a symbolic one",
      "trunk",
      () => {
        git(desk.repo, "branch", "-m", "main", "trunk");
        git(desk.repo, "symbolic-ref", "refs/heads/main", "refs/heads/trunk");
      },
    ],
  ];
  test.each(links)("%s that is rewritten: base_moved, and no ref is made", async (_what, branch, link) => {
    link();
    const made = await propose(desk);
    drop(desk, made);
    const done = await tryToLand(made, { program: programThat(REWRITE.replaceAll("BRANCH", branch)) });
    expect(done.landing.result).toMatchObject({
      refusal: { code: "base_moved", message: "the branch moved while the patch was looked at" },
    });
    expect(refs()).not.toContain("countersign");
  });

  test.each(links)("%s that stays: it lands, and the branch is left alone", async (_what, branch, link) => {
    link();
    const logs = (): readonly string[] =>
      ["HEAD", ...new Set(["main", branch])].map((ref) =>
        git(desk.repo, "reflog", "show", "--format=%H %gs", ref),
      );
    const before = [git(desk.repo, "rev-parse", branch), ...logs()];
    const made = await propose(desk);
    drop(desk, made);
    const done = await tryToLand(made, { program: programThat("GIT status >/dev/null") });
    expect(answerOf(done)).toBe("landed");
    expect([git(desk.repo, "rev-parse", branch), ...logs()]).toEqual(before);
  });

  test("a branch that is gone: base_moved", async () => {
    const made = await propose(desk);
    drop(desk, made);
    const done = await tryToLand(made, { program: programThat("GIT update-ref -d refs/heads/main") });
    expect(answerOf(done)).toBe("base_moved");
    expect(refs()).not.toContain("countersign");
  });
});
