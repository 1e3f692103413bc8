// X10: what a scope does not see is not there, in no list, lookup, number or collision; and views stay small.
import { expect, test } from "vitest";
import type { Digest } from "../../../src/core/base/digest.ts";
import { foldName } from "../../../src/core/base/path.ts";
import { type ManifestEntry, masksAmong } from "../../../src/core/manifest/manifest.ts";
import { pathIndex } from "../../../src/core/proposal/targets.ts";
import type { Listed, Shelved, View } from "../../../src/gateway/manifest/shelf.ts";
import { viewOf } from "../../../src/gateway/manifest/view.ts";
import { scopeOf } from "../../support/scope.ts";

function shelved(files: readonly string[], omitted: readonly string[] = []): Shelved {
  const entry = (path: string) =>
    ({
      path,
      size: 1,
      redactions: [{ rule: path.includes("/") ? "deep" : "flat", count: 1 }],
    }) as ManifestEntry;
  const entries = files.map(entry);
  const listing: readonly Listed[] = [
    ...entries.map((own): Listed => ({ path: own.path, entry: own })),
    ...omitted.map((path): Listed => ({ path, omitted: "binary" })),
  ].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return {
    digest: "d" as Digest,
    manifest: { repository: "lab", entries, omitted } as unknown as Shelved["manifest"],
    byPath: new Map(entries.map((own) => [own.path, own])),
    masks: () => masksAmong(entries),
    listing,
    total: entries.length,
    index: () => pathIndex(listing.map(({ path }) => path)),
  };
}
const list = ({ listing }: View): readonly (string | undefined)[] =>
  Array.from({ length: listing.length }, (_, n) => listing.at(n)?.path);

const whole = shelved(
  ["docs/a.md", "docs/deep/b.md", "docs/x.txt", "other/c.md", "Docs2/y.md", "top.md"],
  ["docs/pic.png", "other/pic.png", "docs/logo.md"],
);

test("without paths, or when everything is seen, the view is the manifest itself", async () => {
  expect(await viewOf(whole, scopeOf())).toBe(whole);
  expect(await viewOf(whole, scopeOf({ paths: [["**"]] }))).toBe(whole);
});

test("listing, total and lookups hold what is seen and nothing else", async () => {
  const view = await viewOf(whole, scopeOf({ paths: [["docs/**"], ["**/*.md"]] }));
  expect(list(view)).toEqual(["docs/a.md", "docs/deep/b.md", "docs/logo.md"]);
  expect(view.total).toBe(2);
  expect([...view.masks()]).toEqual(["deep"]);
  expect(view.listing.at(3)).toBeUndefined();
  expect(view.byPath.get("docs/a.md")).toBe(whole.byPath.get("docs/a.md"));
  for (const path of ["docs/x.txt", "other/c.md", "docs/none.md", "docs/logo.md"]) {
    expect(view.byPath.has(path)).toBe(false);
    expect(view.byPath.get(path)).toBeUndefined();
  }
  expect(Object.keys(view.manifest)).toEqual(["repository", "ref", "commit"]);
});

test("a scope that sees nothing sees nothing", async () => {
  const view = await viewOf(whole, scopeOf({ paths: [["nowhere/**"]] }));
  expect({ listed: list(view), total: view.total }).toEqual({ listed: [], total: 0 });
  expect(view.index().folded.get(foldName("docs"))).toBeUndefined();
});

test("names to collide with are files that are seen, and folders with something below them that is seen", async () => {
  const index = (await viewOf(whole, scopeOf({ paths: [["docs/**/*.md"]] }))).index();
  expect(index.paths.has("docs/a.md")).toBe(true);
  expect(index.paths.has("docs/x.txt")).toBe(false);
  expect(index.paths.has("top.md")).toBe(false);
  expect(index.folded.get("docs")).toEqual(["docs"]);
  expect(index.folded.get("docs/deep")).toEqual(["docs/deep"]);
  expect(index.folded.get("docs/a.md")).toEqual(["docs/a.md"]);
  for (const hidden of ["other", "docs2", "docs2/y.md", "docs/x.txt", "top.md", "docs/dee"])
    expect(index.folded.get(hidden)).toBeUndefined();
});

test("of spellings that collide, only those that are seen are named", async () => {
  const twins = shelved(["A/one.md", "a/two.md"]);
  expect(twins.index().folded.get("a")).toEqual(["A", "a"]);
  const index = (await viewOf(twins, scopeOf({ paths: [["a/**"]] }))).index();
  expect(index.folded.get("a")).toEqual(["a"]);
});

test("a view is made once for all scopes with the same paths, and anew for another manifest", async () => {
  let looks = 0;
  const scope = (perMinute: number) => {
    const limits = { perMinute, perHour: 1, maxPending: 1 };
    const { paths, sees } = scopeOf({ paths: [["docs/**"]], limits });
    return { paths, sees: (path: string) => (looks++, sees(path)) };
  };
  const own = shelved(["docs/a.md", "b.md"]);
  expect(list(await viewOf(own, scope(1)))).toEqual(["docs/a.md"]);
  expect(list(await viewOf(own, scope(2)))).toEqual(["docs/a.md"]);
  expect(looks).toBe(2);
  expect(list(await viewOf(shelved(["docs/c.md", "b.md"]), scope(1)))).toEqual(["docs/c.md"]);
  expect(looks).toBe(4);
});

// Threat: 100 tokens with paths of their own on a large repository take the memory.
test("of many large views the latest are kept, within a bound", async () => {
  const many = shelved(Array.from({ length: 200_000 }, (_, n) => `f${n}.ts`));
  let made = 0;
  const ask = async (n: number): Promise<number> => {
    const before = made;
    const sees = (path: string): boolean => {
      if (path === "f7.ts") made += 1;
      return path !== "f9.ts";
    };
    expect((await viewOf(many, { paths: [[`${n}`]], sees })).total).toBe(199_999);
    return made - before;
  };
  for (let n = 0; n < 100; n++) expect(await ask(n)).toBe(1);
  const again: boolean[] = [];
  for (let n = 99; n >= 0; n--) again.push((await ask(n)) === 0);
  const kept = again.filter(Boolean).length;
  expect(again.slice(0, kept).every(Boolean)).toBe(true);
  // 8,388,608 positions of four bytes, of which each view has 199,999.
  expect(kept).toBe(41);
  // With 41 newer ones, the oldest is the next to go; asked for again, it stays.
  for (let n = 1; n <= 41; n++) await ask(1000 + n);
  expect(await ask(1001)).toBe(0);
  expect([await ask(2000), await ask(1001), await ask(1002)]).toEqual([1, 0, 1]);
});

// Threat: dear globs on a large repository hold the process up until it is taken for hung.
test("while a view is made, the process turns to other things, and whoever asks meanwhile waits for the same one", async () => {
  const many = shelved(Array.from({ length: 20_000 }, (_, n) => `f${n}.ts`));
  let looks = 0;
  let turns = 0;
  const scope = { paths: [["f*"]], sees: (path: string) => (looks++, path !== "f1.ts") };
  const timer = setInterval(() => (turns += 1), 0);
  const [one, two] = await Promise.all([viewOf(many, scope), viewOf(many, scope)]);
  clearInterval(timer);
  expect([one.total, two.total]).toEqual([19_999, 19_999]);
  expect(looks).toBe(20_000);
  expect(turns).toBeGreaterThan(0);
});
