// Finds dependencies that a file of code declares for itself: whoever runs it installs them, and no manifest names them.
import { extension } from "../base/path.ts";
import type { Hunk } from "../proposal/diff-model.ts";

/** By extension. Each is tried on one line of any length; what repeats does so a few times, so that the time is linear. */
const FORMS: readonly (readonly [RegExp, RegExp])[] = [
  [
    /^\.(?:[cm]?[jt]sx?|vue|svelte|astro|html?)$/,
    /["'`](?:npm|jsr):[@\w]|\b(?:from|import|importScripts|require)[ \t]{0,8}\(?[ \t]{0,8}["'`]https?:\/\//,
  ],
  [/^\.java$/, /^\/\/(?:DEPS|REPOS|PLUGIN)[ \t]/],
  [/^\.kts?$/, /@file:(?:DependsOn|Repository|Import)\b/],
  [/^\.(?:groovy|gvy|gy|gsh)$/, /@Grab\b|@GrabResolver\b/],
  [
    /^\.(?:scala|sc)$/,
    /^\/\/> using (?:dep|lib|plugin|repositor|compilerPlugin)|\bimport \$(?:ivy|dep|repo)\b/,
  ],
  [/^\.(?:csx?|fsx?)$/, /^#r[ \t]{1,8}"nuget:|^#i[ \t]{1,8}"nuget:|^#:(?:package|sdk|project)\b/],
  [/^\.rb$/, /\bbundler\/inline\b/],
  [/^\.exs?$/, /\bMix\.install\b/],
  [/^\.rs$/, /^---[ \t]{0,8}cargo\b|^\/\/! ```cargo\b/],
  [/^\.l?hs$/, /^\{-[ \t]{1,8}cabal:/],
];

/** PEP 723, and an item of the list in it. */
const BLOCK =
  /^# \/\/\/|^#[ \t]{0,40}(?:dependencies|requires-python)[ \t]{0,8}=|^#[ \t]{0,8}\[{1,2}tool\.uv/;
const ITEM = /^#[ \t]{1,40}["'][A-Za-z0-9]/;

/** Programs that fetch what they run. */
const FETCHING =
  /^#!.{0,200}\b(?:uv(?:x| (?:run|tool))|pipx run|npx|bunx|pnpm dlx|deno run|nix-shell|nix shell|pkgx|rust-script|jbang|scala-cli)\b/;

/** The added lines, by their number in the file as it is afterwards. */
export function inlineDependencies(path: string, hunks: readonly Hunk[]): readonly number[] {
  const ext = extension(path);
  const form = FORMS.find(([own]) => own.test(ext))?.[1];
  const isPython = /^\.pyw?$/.test(ext);
  return hunks.flatMap(({ newStart, lines }) => {
    const found: number[] = [];
    let number = newStart;
    // Nothing but a comment since the block, or since a beginning that is not shown: an item may belong to it.
    let block = true;
    for (const { kind, text } of lines) {
      if (kind === "-") continue;
      const opens = isPython && BLOCK.test(text);
      block = opens || (block && text.startsWith("#"));
      const isMeant =
        opens || (isPython && block && ITEM.test(text)) || form?.test(text) === true || FETCHING.test(text);
      if (kind === "+" && isMeant) found.push(number);
      number += 1;
    }
    return found;
  });
}
