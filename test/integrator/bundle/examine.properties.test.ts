// D31, P22: whatever is changed in a bundle, also with every hash made anew, and also by who holds the sealer's key, it fails.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canonical } from "../../../src/core/base/canonical.ts";
import type { BundleAnswer, BundleTerms } from "../../../src/integrator/bundle/examine.ts";
import { examineBundle } from "../../../src/integrator/bundle/examine.ts";
import { type Bundle, listOf, type Members } from "../../../src/integrator/bundle/file.ts";
import { type BundleLab, bundleLab, writtenBundle } from "../../support/bundle-lab.ts";
import { throwAwayKey } from "../../support/verdicts.ts";

let lab: BundleLab;
let other: BundleLab;
const bundles: Partial<Record<"patch" | "incident", { readonly mine: Bundle; readonly theirs: Bundle }>> = {};
beforeAll(async () => {
  [lab, other] = [await bundleLab(), await bundleLab("another")];
  bundles.patch = { mine: await lab.patch(), theirs: await other.patch() };
  bundles.incident = { mine: await lab.incidents(), theirs: await other.incidents() };
});
afterAll(() => {
  lab.remove();
  other.remove();
});

const examine = (bundle: Bundle, terms: BundleTerms = lab.terms): BundleAnswer =>
  examineBundle(writtenBundle(bundle), terms);
/** The list made anew over other members, as anybody can. */
const relisted = (bundle: Bundle, members: Members): Bundle => ({
  ...bundle,
  members,
  list: listOf(bundle.list, members),
});
const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
  const changed = Uint8Array.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
  return changed;
};
const put = (members: Members, path: string, bytes: Uint8Array): Members =>
  new Map([...members, [path, bytes]]);
const without = (members: Members, path: string): Members =>
  new Map([...members].filter(([name]) => name !== path));
/** About twenty places of a member, its first and last byte among them. */
const places = (bytes: Uint8Array): readonly number[] => {
  const step = Math.max(1, Math.floor(bytes.length / 20));
  return [...new Set([...bytes.keys()].filter((at) => at % step === 0).concat(bytes.length - 1))];
};
/** What nobody signs by itself: with the sealer's key one can say of these what one likes, and only of these. */
const isExportersWord = (path: string): boolean =>
  path === "policy.json" || path === "public-keys.json" || path.includes("landings/");
/** What a bundle need not have: the exporter may not have had it. */
const isOptional = (path: string): boolean =>
  /publication|receipt/.test(path) || path.endsWith(".consistency");

describe.each(["patch", "incident"] as const)("%s", (kind) => {
  const mine = (): Bundle => bundles[kind]!.mine;
  const theirs = (): Bundle => bundles[kind]!.theirs;

  test("it verifies as it is, with everything in it", () => {
    const answer = examine(mine());
    expect([answer.verdict, answer.where, answer.why]).toEqual([
      "verified",
      null,
      expect.stringContaining("members are what was signed and sealed") as unknown,
    ]);
    expect(answer.facts).toMatchObject({ patch_id: lab.id, outcome: "APPROVED", landed: "no" });
    const names = [...mine().members.keys()].join("\n");
    for (const part of [
      "order.json",
      "patch.diff",
      "verdict.dsse.json",
      "publication.dsse.json",
      "landings/",
    ])
      expect(names).toContain(part);
    expect(names).toContain(`incidents/${lab.incident}.closed.json`);
    expect(names).toMatch(/log\/2026-10-9\.consistency/);
    expect(names).toMatch(/log\/2026-11-\d+\.consistency/);
    expect(names).toContain("log/2026-11-0.tlog-proof");
    expect(names.includes("log/2026-11.slice")).toBe(kind === "incident");
  });

  test("any byte of the file that is changed, taken away or added is seen", () => {
    const bytes = writtenBundle(mine());
    for (let at = 0; at < bytes.length; at += 97 + (at % 11)) {
      const less = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
      const more = Buffer.concat([bytes.subarray(0, at), Buffer.from(" "), bytes.subarray(at)]);
      for (const bent of [flipped(bytes, at), less, more])
        expect([at, examineBundle(bent, lab.terms).verdict]).toEqual([at, "failed"]);
    }
  });

  test("any byte of the seal", () => {
    const { seal } = mine();
    expect(seal.receipt.length).toBeGreaterThan(500);
    for (let at = 0; at < seal.receipt.length; at += 4 + (at % 3)) {
      const bent = { ...mine(), seal: { ...seal, receipt: flipped(seal.receipt, at) } };
      expect([at, examine(bent).verdict]).toEqual([at, "failed"]);
    }
    for (const [at, hash] of seal.consistency.proof.entries()) {
      const proof = seal.consistency.proof.with(
        at,
        hash.startsWith("A") ? `B${hash.slice(1)}` : `A${hash.slice(1)}`,
      );
      const bent = { ...mine(), seal: { ...seal, consistency: { ...seal.consistency, proof } } };
      expect(examine(bent)).toMatchObject({ verdict: "failed", where: "seal" });
    }
    for (const proof of [
      [],
      seal.consistency.proof.slice(1),
      [...seal.consistency.proof, "A".repeat(43) + "="],
    ]) {
      const bent = { ...mine(), seal: { ...seal, consistency: { ...seal.consistency, proof } } };
      expect(examine(bent).verdict).toBe("failed");
    }
  });

  test("any byte of any member, with the list made anew", () => {
    for (const [path, bytes] of mine().members)
      for (const at of places(bytes)) {
        const bent = put(mine().members, path, flipped(bytes, at));
        const answer = examine({ ...mine(), members: bent });
        expect([path, at, answer]).toMatchObject([
          path,
          at,
          { verdict: "failed", why: expect.stringContaining(path) as unknown },
        ]);
        if (at % 3 !== 0) continue;
        expect([path, at, examine(relisted(mine(), bent)).verdict]).toEqual([path, at, "failed"]);
      }
  });

  test("any member that is left out, put in, or moved to another name", () => {
    for (const [path, bytes] of mine().members) {
      const less = without(mine().members, path);
      expect(examine({ ...mine(), members: less })).toMatchObject({ verdict: "failed", where: "file" });
      expect([path, examine(relisted(mine(), less)).verdict]).toEqual([path, "failed"]);
      for (const name of ["more.json", `${path}x`, `log/2026-11.checkpoint.json`])
        expect(examine(relisted(mine(), put(mine().members, name, bytes))).verdict).toBe("failed");
      const [next] = [...less].find(([name]) => name > path) ?? [...less][0]!;
      const exchanged = put(put(mine().members, path, mine().members.get(next)!), next, bytes);
      expect([path, examine(relisted(mine(), exchanged)).verdict]).toEqual([path, "failed"]);
    }
    const { members: rows } = mine().list;
    expect(examine({ ...mine(), list: { ...mine().list, members: rows.toReversed() } })).toMatchObject({
      verdict: "failed",
      why: expect.stringContaining("out of order") as unknown,
    });
  });

  test("members, lists and seals of another deployment's bundle", () => {
    const [a, b] = [mine(), theirs()];
    expect(examine(b, other.terms).verdict).toBe("verified");
    expect(examine(b).verdict).toBe("failed");
    expect(examine({ ...a, seal: b.seal })).toMatchObject({ verdict: "failed", where: "seal" });
    expect(examine({ ...a, list: b.list }).verdict).toBe("failed");
    expect(examine({ ...b, seal: a.seal }).verdict).toBe("failed");
    for (const [path, bytes] of b.members) {
      const own = a.members.get(path);
      if (own !== undefined && Buffer.from(own).equals(bytes)) continue;
      const mixed = relisted(a, put(a.members, path, bytes));
      expect([path, examine(mixed).verdict]).toEqual([path, "failed"]);
    }
  });

  test("who holds the sealer's key, and seals a bent bundle: every signed thing still is what it was", () => {
    const same = lab.sealed(mine(), mine().members);
    expect(examine(same).verdict).toBe("verified");
    for (const [path, bytes] of mine().members) {
      if (!isOptional(path))
        expect([path, examine(lab.sealed(mine(), without(mine().members, path))).verdict]).toEqual([
          path,
          "failed",
        ]);
      if (isExportersWord(path)) continue;
      for (const at of places(bytes).filter((_, n) => n % 4 === 0)) {
        const bent = lab.sealed(mine(), put(mine().members, path, flipped(bytes, at)));
        expect([path, at, examine(bent)]).toMatchObject([path, at, { verdict: "failed" }]);
      }
      const theirOwn = theirs().members.get(path);
      if (theirOwn === undefined || Buffer.from(theirOwn).equals(bytes)) continue;
      const mixed = lab.sealed(mine(), put(mine().members, path, theirOwn));
      expect([path, examine(mixed).verdict]).toEqual([path, "failed"]);
    }
    const strange = lab.sealed(mine(), mine().members, { patch_id: other.id });
    expect(examine(strange).verdict).toBe("failed");
    expect(examine(lab.sealed(mine(), mine().members, { deployment: "countersign/x/y" })).verdict).toBe(
      "failed",
    );
    const kinds = { patch: "incident", incident: "patch" } as const;
    expect(examine(lab.sealed(mine(), mine().members, { kind: kinds[kind] })).verdict).toBe("failed");
    expect(examine(lab.sealed(mine(), put(mine().members, "more.json", new Uint8Array()))).why).toContain(
      "nothing in the bundle says what it is for",
    );
  });

  test("only the reader's keys count, and only for the log that they ask about", () => {
    const key = throwAwayKey();
    const strange = [{ keyid: key.keyid, publicKey: key.publicKey }];
    const revoked = {
      role: "sealer",
      created: "2026-01-01T00:00:00.000Z",
      not_after: "2027-01-01T00:00:00.000Z",
      revoked: "2026-02-01T00:00:00.000Z",
    } as const;
    const [attester, sealer] = [lab.terms.attesters[0]!, lab.terms.sealers[0]!];
    const bad: readonly Partial<BundleTerms>[] = [
      { attesters: strange },
      { sealers: strange },
      { attesters: [sealer], sealers: [attester] },
      { sealers: [{ ...sealer, life: revoked } as never] },
      { attesters: [] },
      { sealers: [] },
      { origin: "countersign/default/other" },
    ];
    for (const terms of bad)
      expect([terms, examine(mine(), { ...lab.terms, ...terms }).verdict]).toEqual([terms, "failed"]);
    expect(examine(mine(), { ...lab.terms, origin: mine().list.deployment }).verdict).toBe("verified");
  });
});

test("an incident's run of lines that begins later, ends earlier, or has a hole", () => {
  const { mine } = bundles.incident!;
  const lines = Buffer.from(mine.members.get("log/2026-11.ndjson")!).toString().split("\n").slice(0, -1);
  expect(lines.length).toBeGreaterThan(30);
  expect(lines[0]).toContain("incident.opened");
  expect(lines.at(-1)).toContain("incident.closed");
  const bent = [
    lines.slice(1),
    lines.slice(0, -1),
    lines.toSpliced(9, 1),
    lines.toSpliced(9, 1, lines[10]!),
    lines.toReversed(),
  ];
  for (const some of bent) {
    const bytes = Buffer.from(`${some.join("\n")}\n`);
    const answer = examine(lab.sealed(mine, put(mine.members, "log/2026-11.ndjson", bytes)));
    expect(answer).toMatchObject({ verdict: "failed", where: "log/2026-11.ndjson" });
  }
});

test("an incident that is open: every line up to the checkpoint, and a record of an end is believed only with its entry", async () => {
  const running = await bundleLab("", undefined, { isOpen: true });
  try {
    const made = await running.incidents();
    expect(examine(made, running.terms)).toMatchObject({ verdict: "verified", facts: { closed: "no" } });
    const lines = Buffer.from(made.members.get("log/2026-11.ndjson")!).toString().trimEnd().split("\n");
    expect(lines.length).toBe(34);
    const end = {
      version: 1,
      incident_id: running.incident,
      closed: "2026-11-22T00:00:00.000Z",
      person: "tester",
      reason: "it was fine",
    };
    const bent = put(made.members, `incidents/${running.incident}.closed.json`, Buffer.from(canonical(end)));
    expect(examine(running.sealed(made, bent), running.terms)).toMatchObject({
      verdict: "failed",
      why: "the sealed log has no entry incident.closed that says the same",
    });
  } finally {
    running.remove();
  }
});

test("an agent that asks about its patch without end: the bundle stays small, and says what it left out", async () => {
  const asking = await bundleLab("", undefined, { calls: 1007 });
  try {
    const answer = examine(await asking.patch(), asking.terms);
    expect(answer).toMatchObject({
      verdict: "verified",
      facts: { calls_left_out: "7", outcome: "APPROVED" },
    });
    expect(Number(answer.facts["entries"])).toBeGreaterThan(1000);
  } finally {
    asking.remove();
  }
});

test.each(["a b", "a+b", "a\u2028b", "", "a\tb", "\u00a0", "a".repeat(181)])(
  "a log of no possible name is no crash: %j",
  (deployment) => {
    const { mine } = bundles.patch!;
    const said = { ...mine, list: { ...mine.list, deployment } };
    expect(examine(said)).toMatchObject({ verdict: "failed", where: "file" });
    const longest = { ...mine, list: { ...mine.list, deployment: "a".repeat(180) } };
    expect(examine(longest)).toMatchObject({ verdict: "failed", where: "log/2026-10.checkpoint" });
  },
);

test("what nobody would read is not made", () => {
  const { list } = bundles.patch!.mine;
  const many = new Map(Array.from({ length: 5001 }, (_, n) => [`m${n}`, new Uint8Array()] as const));
  for (const members of [many, new Map([["large", new Uint8Array(48_000_001)]])])
    expect(() => listOf(list, members)).toThrow(/too large for a bundle/);
});
