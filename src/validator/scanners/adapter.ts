// Runs the scanner of somebody else over the changed files, in the sandbox, and believes it only where everything fits.
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { z } from "zod";
import { fromUtf8 } from "../../core/base/bytes.ts";
import type { Digest } from "../../core/base/digest.ts";
import { refusal } from "../../core/base/refusal.ts";
import { isUnchanged, type ScannerName, type ScannerPlace } from "../../io/exec/scanners.ts";
import { CheckFault } from "../checks/fault.ts";
import type { Sandbox, SandboxJob, SandboxResult } from "../sandbox/sandbox.ts";
import type { Found, Inspected } from "./finding.ts";

/** A file as the scanner gets it. */
export interface Laid {
  /** Path in the repository. */
  readonly path: string;
  /** Path in the folder that is scanned. */
  readonly as: string;
  readonly text: string;
  /** Lines of the file before a part of it. */
  readonly from?: number;
}

export interface Adapter {
  readonly name: ScannerName;
  readonly versionArgs: readonly string[];
  /** Which of the files it is given, and under which names. */
  readonly lay: (files: readonly Inspected[]) => readonly Laid[];
  /**
   * A file with something that must be found, and the rule that finds it: a scanner that looked at nothing, or was
   * silenced, says so by not finding it. `token` is new in each run.
   */
  readonly probe: (token: string) => Planted;
  /**
   * What each file is laid between, for a scanner that does not tell which files it read: a first line behind which no file
   * looks like something else, and a last one that its probe's rule must find, in every file.
   */
  readonly frame?: (token: string) => { readonly first: string; readonly last: string };
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Its configuration and rules, in a folder `settings` beside the folder `files`, out of reach of the patch. */
  readonly settings: readonly Written[];
  /** Files of the machine that it needs to read. */
  readonly reads?: readonly string[];
  /** What lies among the files beside them. */
  readonly extra?: readonly Written[];
  /** Digest of the rules, where they are not part of the program. */
  readonly judgedBy?: Digest;
  /** Exit code of a run that found something, as the probe always is. */
  readonly foundCode: number;
  /** What its output says. Throws `CheckFault` where that is no whole answer. */
  readonly read: (json: unknown, laid: readonly Laid[]) => readonly Raw[];
}

interface Written {
  readonly as: string;
  readonly text: string;
}

interface Planted extends Written {
  readonly rule: string;
}

/** A finding as a scanner tells it. */
export interface Raw {
  readonly rule: string;
  readonly as: string;
  readonly line: number;
  readonly end: number;
  readonly message: string;
}

export interface Scanned {
  readonly found: readonly Found[];
  /** Number and digest of the program, and of rules that are not part of it. */
  readonly version: string;
}

/** Where and for whom it runs once. */
export interface Scan {
  readonly sandbox: Sandbox;
  readonly timeoutMs: number;
  readonly memoryMib: number;
  /** The patch's id. */
  readonly label: string;
  /** A folder that is not there yet, and is not there afterwards. */
  readonly folder: string;
}

export interface Scanner {
  readonly name: ScannerName;
  /** Every fault is a `CheckFault` that says `scanner_failed` and why, in words of ours: output may hold secrets. */
  readonly scan: (files: readonly Inspected[], on: Scan) => Promise<Scanned>;
}

const MAX_OUTPUT = 16_777_216;

/** `place`: as it was found at the start. */
export function openScanner(adapter: Adapter, place: ScannerPlace): Scanner {
  let known: string | undefined;
  return {
    name: adapter.name,
    scan: async (files, on) => {
      if (!isUnchanged(place))
        throw failed(adapter.name, "its program changed since the validator was started; start it again");
      const version = (known ??= await versionOf(adapter, place, on));
      const laid = adapter.lay(files);
      return { found: laid.length === 0 ? [] : await foundIn(adapter, place, laid, on), version };
    },
  };
}

async function foundIn(
  adapter: Adapter,
  place: ScannerPlace,
  laid: readonly Laid[],
  on: Scan,
): Promise<readonly Found[]> {
  const token = randomBytes(8).toString("hex");
  const [probe, frame] = [adapter.probe(token), adapter.frame?.(token)];
  const framed = frame === undefined ? laid : laid.map((file) => ({ ...file, text: within(frame, file) }));
  try {
    await mkdir(on.folder);
    await layOut(join(on.folder, "settings"), adapter.settings);
    await layOut(join(on.folder, "files"), [...(adapter.extra ?? []), ...framed, probe]);
    await openToAll(on.folder);
    const result = await on.sandbox.run({ ...job(adapter, place, on, adapter.args), work: on.folder });
    const said = textOf(adapter.name, result, adapter.foundCode);
    return once(believed(adapter, adapter.read(json(adapter.name, said), laid), laid, probe));
  } finally {
    await rm(on.folder, { recursive: true, force: true });
  }
}

async function layOut(folder: string, files: readonly Written[]): Promise<void> {
  await mkdir(folder);
  for (const { as, text } of files) {
    await mkdir(dirname(join(folder, as)), { recursive: true });
    await writeFile(join(folder, as), text, { flag: "wx" });
  }
}

/** Below a validator that is root, and in a container, they are read by nobody, whatever our umask says. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
}

function job(
  adapter: Adapter,
  place: ScannerPlace,
  { timeoutMs, memoryMib, label }: Scan,
  args: readonly string[],
): SandboxJob {
  return {
    label,
    argv: [place.file, ...args],
    read: [...place.reads, ...(adapter.reads ?? [])],
    env: adapter.env,
    // Runtimes start a thread for each processor, and more.
    limits: {
      timeoutMs,
      memoryMib,
      processes: 256,
      cpuPercent: 200,
      scratchMib: 64,
      outputBytes: MAX_OUTPUT,
    },
  };
}

/** Asked once, in the sandbox: a program is a stranger also when it says its name. */
async function versionOf(adapter: Adapter, place: ScannerPlace, on: Scan): Promise<string> {
  const result = await on.sandbox.run(job(adapter, place, on, adapter.versionArgs));
  const said = textOf(adapter.name, result, 0, "when it was asked for its version");
  const number = /\d{1,5}\.\d{1,5}(?:\.\d{1,5})?/.exec(said.slice(0, 1000))?.[0] ?? "unversioned";
  const rules = adapter.judgedBy === undefined ? "" : ` rules:${adapter.judgedBy.slice(0, 10)}`;
  // A verdict has room for 60 characters.
  return `${number} sha256:${place.sha256.slice(0, 24)}${rules}`.slice(0, 60);
}

const ENDS: Readonly<Record<Exclude<SandboxResult["end"], "exit">, string>> = {
  signal: "it was ended by a signal",
  timeout: "it ran out of time",
  memory: "it ran out of memory",
  processes: "it started too many processes",
  output: "it wrote more than anybody reads",
};

function textOf(name: ScannerName, result: SandboxResult, expected: number, when = ""): string {
  const why = (text: string): CheckFault => failed(name, `${text} ${when}`.trimEnd());
  if (result.end !== "exit") throw why(ENDS[result.end]);
  if (result.code !== expected)
    throw why(`it ended with code ${result.code ?? "none"} instead of ${expected}`);
  if (result.stdout.length === 0) throw why("it answered nothing");
  const text = fromUtf8(result.stdout);
  if (text === undefined) throw why("its answer is not UTF-8");
  return text;
}

function json(name: ScannerName, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw failed(name, "its answer is not JSON");
  }
}

/** The answer in the form that we know. */
export function answer<T>(name: ScannerName, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw failed(name, "its answer has another form than we know");
}

function believed(
  { name, frame }: Adapter,
  raw: readonly Raw[],
  laid: readonly Laid[],
  probe: Planted,
): readonly Found[] {
  if (!raw.some(({ as, rule }) => as === probe.as && rule === probe.rule))
    throw failed(name, "it did not find what was planted for it");
  const own = frame === undefined ? raw : unframed(name, raw, laid, probe);
  const files = new Map(laid.map((file) => [file.as, file]));
  return own
    .filter(({ as }) => as !== probe.as)
    .map(({ rule, as, line, end, message }) => {
      const file = files.get(as);
      if (file === undefined) throw failed(name, "it tells of a file that it was not given");
      if (line > end || (end > linesOf(file.text) && hasPlainLines(file.text)))
        throw failed(name, "it tells of a line that is not there");
      const { path, from = 0 } = file;
      return { rule, path, line: line + from, end: end + from, message };
    });
}

/** A file that is laid under two names is told of twice. */
function once(found: readonly Found[]): readonly Found[] {
  const keyOf = ({ rule, path, line, end }: Found): string => `${rule}\0${path}\0${line}\0${end}`;
  return [...new Map(found.map((one) => [keyOf(one), one])).values()];
}

/** The text begins at the second line. */
function within({ first, last }: { readonly first: string; readonly last: string }, { text }: Laid): string {
  return `${first}\n${text}${text.endsWith("\n") ? "" : "\n"}${last}\n`;
}

/**
 * Findings as if there were no frame. Threat: a first line like `MZ = 1`, by which a scanner takes a file for a program, and
 * passes over it without a word.
 */
function unframed(
  name: ScannerName,
  raw: readonly Raw[],
  laid: readonly Laid[],
  probe: Planted,
): readonly Raw[] {
  const lasts = new Map(laid.map(({ as, text }) => [as, linesOf(text) + (text.endsWith("\n") ? 1 : 2)]));
  const ended = new Set(
    raw.flatMap(({ as, rule, line }) => (rule === probe.rule && lasts.get(as) === line ? [as] : [])),
  );
  if (laid.some(({ as }) => !ended.has(as))) throw failed(name, "it did not look at every file to its end");
  return raw.flatMap((one) => {
    const last = lasts.get(one.as);
    if (last === undefined) return [one];
    // The words of the probe in a file of the patch are no finding.
    if (one.rule === probe.rule) return [];
    const moved = (line: number): number =>
      line > last ? line - 1 : Math.min(Math.max(line - 1, 1), last - 2);
    return [{ ...one, line: moved(one.line), end: moved(one.end) }];
  });
}

function linesOf(text: string): number {
  return text.split("\n").length;
}

/**
 * Only line feeds end lines here. Some languages end lines elsewhere, too: then a scanner counts otherwise than git does,
 * and what it tells of a line that the patch left alone may be about one that it added.
 */
export function hasPlainLines(text: string): boolean {
  return !/\r(?!\n)|[\v\f\u0085\u2028\u2029]/.test(text);
}

export function failed(name: ScannerName, why: string, cause?: unknown): CheckFault {
  return new CheckFault(refusal("scanner_failed", `${name} failed: ${why}`, name), { cause });
}

/** A rule's name as our configuration can name it, behind the name of the scanner. */
export function ruleOf(name: ScannerName, id: string): string {
  return `${name}.${id
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]/g, "-")
    .slice(0, 60)}`;
}
