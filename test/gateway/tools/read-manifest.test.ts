// The manifest is the only way to discover files, and it says exactly what was signed.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GatewayLab, gatewayLab } from "../../support/gateway.ts";

const names = Array.from({ length: 600 }, (_, n) => `src/f${String(n).padStart(4, "0")}.ts`);
let lab: GatewayLab;

beforeAll(async () => {
  lab = await gatewayLab();
});
afterAll(() => lab.stop());

test("without a manifest there is nothing to list", async () => {
  for (const [tool, args] of [
    ["read-manifest", {}],
    ["read-file", { path: "a" }],
    ["search-files", { query: "a" }],
  ] as const)
    expect(await lab.code(tool, args)).toBe("manifest_unavailable");
});

test("ten files in the repository, two in the manifest: exactly these two", async () => {
  await lab.publish(
    { "a.ts": "a\n", "b/c.ts": "c\n" },
    { omitted: [{ path: "b/image.png", reason: "binary" }] },
  );
  await lab.shelf.refresh();
  const output = await lab.output("read-manifest", {});
  expect(output["entries"]).toEqual([
    expect.objectContaining({ path: "a.ts", size: 2 }),
    expect.objectContaining({ path: "b/c.ts", size: 2 }),
  ]);
  expect(output).toMatchObject({
    manifest: lab.shelf.current()!.digest,
    total: 2,
    omitted: [{ path: "b/image.png", reason: "binary" }],
    next_cursor: null,
  });
});

test.each([
  ["an unknown key", { path: "x" }, "input_invalid"],
  ["a glob with an open brace", { glob: "{a" }, "glob_invalid"],
  ["an absolute glob", { glob: "/etc/*" }, "glob_invalid"],
  ["a glob of 513 characters", { glob: "*".repeat(513) }, "input_invalid"],
  ["a made-up cursor", { cursor: "abc" }, "cursor_invalid"],
])("refuses %s", async (_, args, code) => {
  expect(await lab.code("read-manifest", args)).toBe(code);
});

test("filters by prefix and glob together, literally except for the four wildcards", async () => {
  await lab.publish({ "src/a.ts": "", "src/b.js": "", "src/x/c.ts": "", "srcs/d.ts": "", "src/[e].ts": "" });
  await lab.shelf.refresh();
  const paths = async (args: object) =>
    ((await lab.output("read-manifest", args))["entries"] as { path: string }[]).map(({ path }) => path);
  expect(await paths({ prefix: "src/" })).toEqual(["src/[e].ts", "src/a.ts", "src/b.js", "src/x/c.ts"]);
  expect(await paths({ glob: "src/*.ts" })).toEqual(["src/[e].ts", "src/a.ts"]);
  expect(await paths({ prefix: "src/", glob: "**/c.{ts,js}" })).toEqual(["src/x/c.ts"]);
  expect(await paths({ glob: "src/[e].ts" })).toEqual(["src/[e].ts"]);
});

test("pages through everything once, and a cursor dies with its manifest", async () => {
  await lab.publish(Object.fromEntries(names.map((name) => [name, "x\n"])));
  await lab.shelf.refresh();
  const seen: string[] = [];
  let cursor: unknown = null;
  do {
    const page: Record<string, unknown> = await lab.output(
      "read-manifest",
      cursor === null ? {} : { cursor },
    );
    seen.push(...(page["entries"] as { path: string }[]).map(({ path }) => path));
    cursor = page["next_cursor"] ?? cursor;
    if (page["next_cursor"] === null) break;
  } while (seen.length < 2000);
  expect(seen).toEqual(names);
  expect(await lab.code("read-manifest", { cursor, prefix: "src/" })).toBe("cursor_invalid");
  await lab.publish({ "other.ts": "" });
  await lab.shelf.refresh();
  expect(await lab.code("read-manifest", { cursor })).toBe("cursor_invalid");
});
