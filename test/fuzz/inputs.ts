// What hostile agents might send, made up by structure: diffs out of true and bent pieces, names of odd letters, edits, envelopes.
import * as fc from "fast-check";

const LETTERS = [
  "a",
  "b",
  "/",
  ".",
  "..",
  " ",
  "\t",
  "\n",
  "\r",
  "\0",
  '"',
  "\\",
  ":",
  "~1",
  "%2e",
  "é",
  "e\u0301",
  "ß",
  "İ",
  "ı",
  "ſ",
  "\u200b",
  "\u202e",
  "\u2028",
  "\ufeff",
  "．",
  "／",
  "\ud800",
  "\udfff",
  "😀",
  "CON",
  "git~1",
  ".git",
  "-",
  "*",
  "\u{e0041}",
  "\ufdfa",
  "ﬁ",
  "\x7f",
  "\x85",
  "K",
];

/** Names of every kind of letter that some file system, terminal or reader treats in a way of its own. */
export const soup = fc.oneof(
  fc.array(fc.constantFrom(...LETTERS), { maxLength: 40 }).map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc
    .tuple(fc.constantFrom("a", ".", "..", "a/", "é"), fc.nat({ max: 700 }))
    .map(([unit, times]) => unit.repeat(times)),
);

const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("f.ts", "a b.md", "x b/y.txt", "d/e.js", "ü.md", "a/f.ts") },
  { weight: 1, arbitrary: soup },
);
const quoted = name.chain((text) =>
  fc.constantFrom(
    (prefix: string) => `${prefix}${text}`,
    (prefix: string) => `"${prefix}${text}"`,
    (prefix: string) =>
      `"${prefix}${[...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("")}"`,
    (prefix: string) => `${prefix}${text}\t`,
    () => "/dev/null",
    () => text,
  ),
);
const count = fc.oneof(
  { weight: 8, arbitrary: fc.nat({ max: 4 }).map(String) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "",
      "00",
      "-1",
      "999999999",
      "9999999999",
      "2147483648",
      "1e9",
      "0x1",
      "٣",
      "18446744073709551616",
    ),
  },
);
const text = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      "",
      "a",
      "b",
      "a\r",
      "\f",
      "x\u2028y",
      "- a/f.ts",
      "@@ -1 +1 @@",
      "diff --git a/f.ts b/f.ts",
      "é",
      "\0",
      "\\ No newline at end of file",
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 30 }) },
);
const mode = fc.constantFrom("100644", "100755", "120000", "160000", "040000", "100664", "0", "1000000000");

const headerLine = fc.oneof(
  fc.tuple(quoted, quoted).map(([a, b]) => `diff --git ${a("a/")} ${b("b/")}`),
  quoted.map((a) => `--- ${a("a/")}`),
  quoted.map((b) => `+++ ${b("b/")}`),
  fc
    .tuple(fc.constantFrom("old mode", "new mode", "new file mode", "deleted file mode"), mode)
    .map((parts) => parts.join(" ")),
  fc
    .tuple(fc.constantFrom("rename from", "rename to", "copy from", "copy to"), name)
    .map((parts) => parts.join(" ")),
  fc.constantFrom(
    "index 0000000..1111111 100644",
    "index 1..2",
    "similarity index 100%",
    "dissimilarity index 5%",
    "GIT binary patch",
    "Binary files a/f and b/f differ",
    "From 1 Mon",
    "*** a/f",
    "-- ",
    "2.39.5",
  ),
);
const range = fc
  .tuple(count, count, fc.boolean())
  .map(([start, lines, both]) => (both ? `${start},${lines}` : start));
const hunkLine = fc
  .tuple(fc.constantFrom(" ", "+", "-", "+", "-", "\\", ""), text)
  .map((parts) => parts.join(""));

/** A hunk whose numbers are right, unless they are not. */
const hunk = fc
  .tuple(fc.array(hunkLine, { minLength: 1, maxLength: 8 }), range, range, fc.nat({ max: 9 }))
  .map(([lines, old, now, dice]) => {
    const of = (not: string): number =>
      lines.filter((line) => !line.startsWith(not) && /^[ +-]/.test(line)).length;
    const head = dice > 1 ? `@@ -1,${of("+")} +1,${of("-")} @@` : `@@ -${old} +${now} @@`;
    return [head, ...lines].join("\n");
  });

/** A section that tells one story, as a base that the other pieces bend. */
const section = fc
  .tuple(
    fc.constantFrom("f.ts", "d/e.js", "a b.md", "ü.md"),
    fc.constantFrom("modify", "create", "delete", "rename", "mode"),
    hunk,
  )
  .map(([path, kind, body]) => {
    const side = (prefix: string): string => `${prefix}${path}${path.includes(" ") ? "\t" : ""}`;
    const head = `diff --git a/${path} b/${path}`;
    if (kind === "create")
      return `${head}\nnew file mode 100644\n--- /dev/null\n+++ ${side("b/")}\n${body.replace("-1,", "-0,")}`;
    if (kind === "delete")
      return `${head}\ndeleted file mode 100644\n--- ${side("a/")}\n+++ /dev/null\n${body.replace("+1,", "+0,")}`;
    if (kind === "rename") return `diff --git a/${path} b/n.md\nrename from ${path}\nrename to n.md`;
    if (kind === "mode") return `${head}\nold mode 100644\nnew mode 100755`;
    return `${head}\n--- ${side("a/")}\n+++ ${side("b/")}\n${body}`;
  });

const piece = fc.oneof(
  { weight: 5, arbitrary: section },
  { weight: 2, arbitrary: headerLine },
  { weight: 2, arbitrary: hunk },
  { weight: 1, arbitrary: text },
);

/** `bytes` with a few of them changed, dropped, doubled or cut off. */
function bent(bytes: Buffer, steps: readonly (readonly [number, number, number])[]): Buffer {
  let result = bytes;
  for (const [kind, where, byte] of steps) {
    const at = result.length === 0 ? 0 : where % result.length;
    const [head, tail] = [result.subarray(0, at), result.subarray(at)];
    const pieces =
      [
        [head, Buffer.of(byte), tail.subarray(1)],
        [head, tail.subarray(1)],
        [head, tail.subarray(0, byte), tail],
        [head],
      ][kind % 4] ?? [];
    result = Buffer.concat(pieces);
  }
  return result;
}
const steps = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 100_000 }), fc.nat({ max: 255 })), {
  maxLength: 4,
});

/** Diffs: pieces in any order, sometimes bent byte by byte; and bytes that are nothing. */
export const diffs: fc.Arbitrary<Uint8Array> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .array(piece, { minLength: 1, maxLength: 4 })
      .map((parts) => Buffer.from(`${parts.join("\n")}\n`)),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.array(section, { minLength: 1, maxLength: 3 }), steps)
      .map(([parts, how]) => bent(Buffer.from(`${parts.join("\n")}\n`), how)),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
);

const word = fc.constantFrom("a", "b", "ab", "\n", "\r\n", " ", "aa", "é", "\ud83d", "function f() {\n");
const words = (most: number): fc.Arbitrary<string> =>
  fc.array(word, { maxLength: most }).map((parts) => parts.join(""));

/** A text and replacements in it, of which many begin as a piece of it. */
export const edits = words(60).chain((served) =>
  fc.record({
    served: fc.constant(served),
    edits: fc.array(
      fc.record({
        op: fc.constant("replace" as const),
        path: fc.constant("f"),
        old_text: fc.oneof(
          fc
            .tuple(fc.nat({ max: served.length }), fc.integer({ min: 1, max: 20 }))
            .map(([at, length]) => served.slice(at, at + length) || "a"),
          words(4).map((some) => some || "b"),
        ),
        new_text: words(8),
      }),
      { maxLength: 4 },
    ),
  }),
);

const base64 = fc.oneof(
  fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString("base64")),
  fc.uint8Array({ minLength: 64, maxLength: 64 }).map((bytes) => Buffer.from(bytes).toString("base64")),
  soup,
);
const signature = fc.record({ keyid: soup, sig: base64 }, { requiredKeys: [] });
const envelope = fc.record(
  {
    payload: base64,
    payloadType: fc.constantFrom("application/vnd.in-toto+json", "text/plain"),
    signatures: fc.oneof(
      { weight: 4, arbitrary: fc.tuple(signature) },
      { weight: 1, arbitrary: fc.array(signature, { maxLength: 3 }) },
    ),
    __proto__: fc.constant(null),
  },
  { requiredKeys: ["payload", "signatures"] },
);

/** Envelopes and other JSON, right, bent, or nested deep. */
export const documents: fc.Arbitrary<Uint8Array> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(envelope, steps, fc.boolean())
      .map(([json, how, whole]) => bent(Buffer.from(JSON.stringify(json)), whole ? [] : how)),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.json({ maxDepth: 4 }), steps, fc.boolean())
      .map(([json, how, whole]) => bent(Buffer.from(json), whole ? [] : how)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("[", '{"a":', '"\\u', "-"), fc.nat({ max: 5000 }))
      .map(([unit, times]) => Buffer.from(unit.repeat(times))),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }) },
);
