// Secrets of Kubernetes: the values below `data` and `stringData` of a document that says to be one, in YAML and in JSON.
import { isMixed, isPlaceholder } from "./drawn.ts";
import type { Span } from "./span.ts";

export const MANIFEST = "kind";
/** At the end of a line, or among other members of JSON; code has `kind: "secret",` for reasons of its own. */
const KIND =
  /kind(?:["']?[ \t]{0,8}:[ \t]{0,8}["']?[Ss]ecret["']?[ \t]{0,8}(?:#|\r?\n|$)|"\s{0,8}:\s{0,8}"Secret"\s{0,80}[,}])/y;

/** Hits, and how far the text is looked through with them. */
export interface Sought {
  readonly spans: readonly Span[];
  readonly end: number;
}

/** All of the document around `at`, however far its values are from `kind: Secret`; a later `kind` in it adds nothing. */
export function manifestSecrets(text: string, at: number): Sought {
  KIND.lastIndex = at;
  if (!KIND.test(text)) return { spans: [], end: at };
  const [from, to] = [breakBefore(text, at), breakAfter(text, at)];
  const values = [...blockValues(text, from, to), ...flowValues(text, from, to)];
  const spans = values.flatMap((value) => {
    const part = text.slice(value.start, value.end);
    const isSecret = value.plain
      ? isSecretText(value.name, part)
      : BASE64.test(part.replaceAll(/\s|\\n?/g, ""));
    return isSecret ? [{ rule: "kubernetes-secret", start: value.start, end: value.end }] : [];
  });
  return { spans, end: to };
}

const BASE64 = /^[A-Za-z0-9+/]{8,}={0,2}$/;

/** A line of three dashes parts documents; five of them begin a key. */
function isBreak(text: string, feed: number): boolean {
  return text.startsWith("\n---", feed) && !/[^\s#]/.test(text.charAt(feed + 4));
}

function breakBefore(text: string, at: number): number {
  let feed = text.lastIndexOf("\n---", at);
  while (feed !== -1 && !isBreak(text, feed)) feed = feed === 0 ? -1 : text.lastIndexOf("\n---", feed - 1);
  return feed === -1 ? 0 : feed + 4;
}

function breakAfter(text: string, at: number): number {
  let feed = text.indexOf("\n---", at);
  while (feed !== -1 && !isBreak(text, feed)) feed = text.indexOf("\n---", feed + 1);
  return feed === -1 ? text.length : feed;
}

interface Entry {
  readonly name: string;
  /** Of `stringData`: as it is, not in base64. */
  readonly plain: boolean;
  readonly start: number;
  readonly end: number;
}

interface Open {
  readonly name: string;
  readonly indent: number;
  start: number | undefined;
  end: number;
}

const BLOCK = /^(?:-[ \t]{1,8}){0,8}["']?(data|stringData)["']?[ \t]{0,8}:[ \t]{0,8}(?:[&#].{0,200})?$/;
const ENTRY = /^(?:"([^"]{1,253})"|'([^']{1,253})'|([\w./-]{1,253}))[ \t]{0,8}:(?:[ \t]{1,40}|$)/;
/** What stands before a value: tags, anchors, and what says that it comes in the lines below. */
const BEFORE = /^(?:[!&]\S{0,100}(?:[ \t]{1,8}|$)){0,4}(?:[|>][-+0-9]{0,2}[ \t]{0,8}(?:#.*)?$)?/;

interface Line {
  readonly start: number;
  readonly indent: number;
  readonly content: string;
}

interface Reading {
  readonly text: string;
  readonly found: Entry[];
  block: { readonly indent: number; readonly plain: boolean } | undefined;
  open: Open | undefined;
}

/** Values of block mappings, line by line: each goes on as long as the lines are indented deeper than its name. */
function blockValues(text: string, from: number, to: number): readonly Entry[] {
  const reading: Reading = { text, found: [], block: undefined, open: undefined };
  for (const line of linesOf(text, from, to)) read(reading, line);
  close(reading);
  return reading.found;
}

function read(reading: Reading, line: Line): void {
  const { open } = reading;
  const { start, indent, content } = line;
  if (open !== undefined && indent > open.indent) {
    open.start ??= start;
    open.end = start + content.length;
    return;
  }
  close(reading);
  if (reading.block !== undefined && indent > reading.block.indent) {
    reading.open = opened(line);
    return;
  }
  const begin = BLOCK.exec(content);
  // The name of an item of a list stands deeper than the dash before it.
  const deep = indent + content.search(/["'a-z]/i);
  reading.block = begin === null ? undefined : { indent: deep, plain: begin[1] === "stringData" };
}

function close(reading: Reading): void {
  const { text, found, block, open } = reading;
  reading.open = undefined;
  if (open?.start !== undefined && block !== undefined)
    found.push({ name: open.name, plain: block.plain, ...bare(text, open.start, open.end) });
}

function opened({ start, indent, content }: Line): Open | undefined {
  const entry = ENTRY.exec(content);
  if (entry === null) return undefined;
  const rest = content.slice(entry[0].length);
  const skip = BEFORE.exec(rest)?.[0].length ?? 0;
  return {
    name: entry[1] ?? entry[2] ?? entry[3] ?? "",
    indent,
    start: skip < rest.length ? start + entry[0].length + skip : undefined,
    end: start + content.length,
  };
}

/** Lines with something on them, without what is blank at either end. */
function* linesOf(text: string, from: number, to: number): Generator<Line> {
  for (let at = from; at < to;) {
    const feed = text.indexOf("\n", at);
    const end = feed === -1 || feed > to ? to : feed;
    const words = text.slice(at, end);
    const content = words.trim();
    const indent = words.length - words.trimStart().length;
    if (content !== "") yield { start: at + indent, indent, content };
    at = end + 1;
  }
}

/** Without its quotes, or what is said behind it. */
function bare(text: string, start: number, end: number): Pick<Entry, "start" | "end"> {
  const quote = text.charAt(start);
  if (quote === '"' || quote === "'") {
    const last = text.lastIndexOf(quote, end - 1);
    return { start: start + 1, end: last > start ? last : end };
  }
  const comment = text.slice(start, end).search(/[ \t]#/);
  return { start, end: comment === -1 ? end : start + text.slice(start, start + comment).trimEnd().length };
}

const FLOW = /"(data|stringData)"\s{0,80}:\s{0,80}\{/g;
const BRACE = /[{}]/g;
const MEMBER = /"([\w./-]{1,253})"\s{0,80}:\s{0,80}"([^"]*)"/dg;

/** Values of JSON's members. */
function flowValues(text: string, from: number, to: number): readonly Entry[] {
  const found: Entry[] = [];
  const part = text.slice(from, to);
  for (const { 0: head, 1: name, index } of part.matchAll(FLOW)) {
    const start = index + head.length;
    BRACE.lastIndex = start;
    const inner = part.slice(start, BRACE.exec(part)?.index ?? part.length);
    for (const { 1: key = "", indices } of inner.matchAll(MEMBER)) {
      const [first, last] = indices?.[2] ?? [0, 0];
      const at = from + start;
      found.push({ name: key, plain: name === "stringData", start: at + first, end: at + last });
    }
  }
  return found;
}

const TELLING = /pass|pwd|secret|token|key|cred|auth|private|pin\b|dsn|conn/i;
/** Said where a value would stand, or no secret whatever its name. */
const STANDING =
  /^(?:.{0,5}|(.)\1*|true|false|null|\d{1,5}|change[-_ ]?me|pass(?:word|wd)?|secret|token|[\w.-]{1,100}\.[a-z]{2,10}|https?:\/\/[^@]*)$/i;

/** Values of `stringData` are names of users and hosts as well. */
function isSecretText(name: string, value: string): boolean {
  const words = value.trim();
  if (STANDING.test(words) || isPlaceholder(words) || /\$[({]|\{\{/.test(words)) return false;
  return TELLING.test(name) || (/^[^\s:/@]+$/.test(words) && !/^[\d.v-]+$/.test(words) && isMixed(words));
}
