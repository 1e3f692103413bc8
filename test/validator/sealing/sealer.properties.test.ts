// Whatever it is asked for, and whatever becomes of its files: it never signs two histories of one log.
import * as fc from "fast-check";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { HeadRequest } from "../../../src/core/audit/heads.ts";
import { TILE } from "../../../src/core/audit/subtrees.ts";
import type { Digest } from "../../../src/core/base/digest.ts";
import {
  historyOf,
  leaves,
  NEXT,
  request,
  SEALED,
  SHARD,
  type SealerLab,
  sealerLab,
  STATE,
} from "../../support/sealer.ts";
import { treeOf } from "../../support/tree.ts";

/** Its own folder and what it published: one of the two always stays whole. Who takes both has taken all that it knows of itself. */
const PLACES = {
  state: [`${STATE}/state.json`],
  folder: [STATE],
  published: [`${SEALED}/${SHARD}/checkpoint`],
  tiles: [`${SEALED}/${SHARD}/tile`],
} as const;
type Place = keyof typeof PLACES;

/** Often what goes on, seldom what stops. */
const kinds =
  "append append append ask ask ask ask lie lie gap close next restart tile-crash late-crash save restore restore lose".split(
    " ",
  );

interface Step {
  readonly kind: string;
  readonly a: number;
  readonly b: number;
  readonly place: Place;
}

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom(...kinds),
    a: fc.nat(600),
    b: fc.nat(600),
    place: fc.constantFrom<Place[]>("state", "folder", "published", "tiles"),
  }),
  { minLength: 4, maxLength: 24 },
);

class Walk {
  readonly #lab: SealerLab;
  #log: readonly Digest[] = [];
  #saved = false;
  #hurt: "own" | "published" | undefined;

  constructor(lab: SealerLab) {
    this.#lab = lab;
  }

  async go({ kind, a, b, place }: Step): Promise<void> {
    const size = Math.min((await this.#lab.published().catch(() => undefined))?.size ?? 0, this.#log.length);
    const base = size - (size % TILE);
    const moves: Readonly<Record<string, () => Promise<unknown>>> = {
      append: async () => (this.#log = leaves(this.#log.length + 1 + (a % 300))),
      ask: () => this.#ask(request(this.#log, { from: Math.max(0, base - (a % 3) * TILE) })),
      lie: () => this.#lie(a, b),
      gap: () => this.#ask(request(leaves(this.#log.length + a), { from: size + (b % 50) })),
      close: () => this.#ask(request(this.#log, { from: base, closes: true })),
      next: () => this.#ask(request(leaves(3, "next"), { shard: NEXT })),
      restart: () => this.#lab.restart(),
      "tile-crash": () => this.#crash("tile", base),
      "late-crash": () => this.#crash("published", base),
      save: async () => this.#save(),
      restore: () => this.#meddle(place, true),
      lose: () => this.#meddle(place, false),
    };
    await moves[kind]?.();
  }

  async #ask(wanted: HeadRequest): Promise<void> {
    await this.#lab.put(wanted);
    await this.#lab.sealer.look(true);
  }

  /** Our leaves up to somewhere, and others behind. */
  async #lie(at: number, from: number): Promise<void> {
    const start = Math.min(at, this.#log.length);
    const other = [...this.#log.slice(0, start), ...leaves(start + 1 + (from % 300), "lie", start)];
    await this.#ask(request(other, { from: Math.min(from, start) }));
  }

  async #crash(at: "tile" | "published", base: number): Promise<void> {
    this.#lab.step = (name) => {
      if (name === at) throw new Error("killed");
    };
    await this.#ask(request(this.#log, { from: base })).catch(() => undefined);
    this.#lab.step = () => undefined;
    await this.#lab.restart();
  }

  #save(): void {
    this.#lab.save("saved", STATE, SEALED);
    this.#saved = true;
  }

  async #meddle(place: Place, back: boolean): Promise<void> {
    const side = place === "published" ? "published" : "own";
    if (place !== "tiles" && this.#hurt !== undefined && this.#hurt !== side) return;
    for (const path of PLACES[place]) {
      if (!back) rmSync(join(this.#lab.root, path), { recursive: true, force: true });
      else if (this.#saved) this.#lab.restore("saved", path);
    }
    await this.#lab.restart();
    const isHurt = this.#lab.sealer.standing().trouble === "SEALER_ROLLED_BACK";
    this.#hurt = isHurt ? (this.#hurt ?? side) : undefined;
  }
}

test("everything that was signed is one history", async () => {
  let signed = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const lab = await sealerLab();
      try {
        const walk = new Walk(lab);
        for (const step of all) await walk.go(step);
        const own = [...lab.signed, ...historyOf(lab)].filter(({ origin }) => origin.endsWith(SHARD));
        const trees = own.toSorted((one, other) => one.size - other.size);
        signed += trees.length;
        for (const [at, { size, root }] of trees.entries()) {
          const found = lab.trees.get(root);
          expect(found, `the tree of ${size} leaves was published`).toHaveLength(size);
          expect(rootOf(found ?? [])).toBe(root);
          const before = trees[at - 1];
          if (before !== undefined) expect(rootOf(found?.slice(0, before.size) ?? [])).toBe(before.root);
        }
      } finally {
        lab.remove();
      }
    }),
    { numRuns: 30 },
  );
  expect(signed).toBeGreaterThan(30);
}, 300_000);

const rootOf = (all: readonly Digest[]): Digest => treeOf(all).root();
