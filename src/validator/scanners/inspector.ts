// The inspector: one warm child of ours that parses what nobody vouches for, so that the holder of the key need not.
import { extname, join } from "node:path";
import { CountersignError } from "../../core/base/failure.ts";
import { Conversation, type Program } from "../../io/exec/exec.ts";
import { programFolders } from "../../io/file/isolation.ts";
import type { Found, Import, Inspected, Sighted } from "./finding.ts";
import { type Answer, answerSchema, MAX_ANSWER, MAX_REQUEST, type Request } from "./inspector-words.ts";

export interface Analysis {
  readonly found: readonly Sighted[];
  readonly imports: readonly Import[];
}

/** Every answer is complete, or the call throws: a child that crashed, hung, flooded or babbled has passed nothing. */
export interface Inspector {
  /** What secretlint's recommended rules find. */
  secrets(files: readonly Inspected[]): Promise<readonly Found[]>;
  /** What the rules of static analysis find, and what is imported. `rules`: the pack, as JSON. */
  analyse(files: readonly Inspected[], rules: string): Promise<Analysis>;
  /** Start the child, so that the first verdict does not wait for it. Never rejects. */
  warm(): Promise<void>;
  close(): Promise<void>;
}

/** How the child is started. */
export type InspectorProgram = Program;

/** Longest wait for one answer, a start included. */
const PATIENCE_MS = 10_000;

/** Grammars and rules take a third of it; the parsers' own memory lies outside and ends at 4 GiB by its nature. */
const MEMORY_MIB = 256;

/**
 * The production one: `node` (process.execPath) under its permission model, with our program readable, nothing writable,
 * no child processes, no addons and an empty environment. From Node 25 on it has no network either.
 */
export function inspectorProgram(node: string, packageRoot: string): InspectorProgram {
  const reads = programFolders(packageRoot).map((path) => `--allow-fs-read=${path}`);
  const main = join(import.meta.dirname, `inspector-main${extname(import.meta.filename)}`);
  // ast-grep is loaded as a WebAssembly module, which this Node still calls experimental.
  const quiet = "--disable-warning=ExperimentalWarning";
  const args = [
    "--permission",
    "--disable-sigusr1",
    `--max-old-space-size=${MEMORY_MIB}`,
    quiet,
    ...reads,
    main,
  ];
  return { file: node, args, cwd: "/", env: {}, timeoutMs: PATIENCE_MS };
}

/** Nothing is started before the first request or `warm`. */
export function openInspector(program: InspectorProgram): Inspector {
  const child = new Child(program);
  const ask = async (
    want: "secrets" | "analyse",
    files: readonly Inspected[],
    rules = "",
  ): Promise<Analysis> => {
    if (files.length === 0) return { found: [], imports: [] };
    const sent = files.map(({ path, text }) => ({ path, text }));
    const answer = await child.ask(files.length, (id) =>
      want === "secrets" ? { id, want, files: sent } : { id, want, files: sent, rules },
    );
    return placed(answer, files);
  };
  return {
    secrets: async (files) => (await ask("secrets", files)).found,
    analyse: (files, rules) => ask("analyse", files, rules),
    warm: () =>
      child
        .ask(0, (id) => ({ id, want: "ready" }))
        .then(
          () => undefined,
          () => undefined,
        ),
    close: () => child.close(),
  };
}

/** Counted files get their names back. */
function placed({ found, imports }: Answer, files: readonly Inspected[]): Analysis {
  const path = (at: number): string => files[at]?.path ?? "";
  return {
    found: found.map(({ file, sign = "", ...hit }) => ({
      ...hit,
      sign,
      path: path(file),
      message: `matches the rule ${hit.rule}`,
    })),
    imports: imports.map(({ file, ...imported }) => ({ ...imported, path: path(file) })),
  };
}

interface Waiting {
  readonly id: number;
  /** How many files it is about. */
  readonly files: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (why: CountersignError) => void;
}

/** Requests are answered in their order; whatever ends the child fails all that wait, and the next request starts another. */
class Child {
  readonly #program: InspectorProgram;
  readonly #waiting: Waiting[] = [];
  #talk: Conversation | undefined;
  #heard: Buffer[] = [];
  #size = 0;
  #asked = 0;

  constructor(program: InspectorProgram) {
    this.#program = program;
  }

  ask(files: number, make: (id: number) => Request): Promise<Answer> {
    this.#asked += 1;
    const id = this.#asked;
    // The child reads line by line, and node takes U+2028 and U+2029 for ends of lines, too: a patch must not tear one.
    const json = JSON.stringify(make(id)).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
    const line = `${json}\n`;
    if (line.length > MAX_REQUEST)
      return Promise.reject(
        new CountersignError("exec_overflow", "the inspector is not given as much as this"),
      );
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const talk = (this.#talk ??= this.#start());
    if (this.#waiting.push({ id, files, resolve, reject }) === 1) talk.arm();
    talk.send(line);
    return promise;
  }

  /** Nothing it holds is worth waiting for. */
  close(): Promise<void> {
    this.#talk?.fail("exec_failed", "was closed");
    return Promise.resolve();
  }

  /** Another one, ready before it is asked. */
  #renew(): void {
    this.#talk?.fail("exec_failed", "had grown too large");
    void this.ask(0, (id) => ({ id, want: "ready" })).catch(() => undefined);
  }

  #start(): Conversation {
    this.#heard = [];
    this.#size = 0;
    const talk: Conversation = new Conversation(
      this.#program,
      (chunk) => this.#hear(talk, chunk),
      (why) => {
        if (this.#talk === talk) this.#talk = undefined;
        for (const { reject } of this.#waiting.splice(0)) reject(why);
      },
    );
    return talk;
  }

  #hear(talk: Conversation, chunk: Buffer): void {
    let rest = chunk;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      const line = Buffer.concat([...this.#heard, rest.subarray(0, end)]);
      rest = rest.subarray(end + 1);
      this.#heard = [];
      this.#size = 0;
      if (line.length > MAX_ANSWER || !this.#answer(line)) {
        talk.fail("exec_failed", "did not answer what it was asked");
        return;
      }
      if (this.#talk !== talk) return;
      if (this.#waiting.length > 0) talk.arm();
      else talk.disarm();
    }
    this.#size += rest.length;
    this.#heard.push(rest);
    if (this.#size > MAX_ANSWER) talk.fail("exec_overflow", `wrote more than ${MAX_ANSWER} bytes`);
  }

  #answer(line: Buffer): boolean {
    const [request] = this.#waiting;
    const answer = parsed(line);
    if (request === undefined || answer?.id !== request.id) return false;
    if ([...answer.found, ...answer.imports].some(({ file }) => file >= request.files)) return false;
    this.#waiting.shift();
    request.resolve(answer);
    if (answer.large === true && this.#waiting.length === 0) this.#renew();
    return true;
  }
}

function parsed(line: Buffer): Answer | undefined {
  try {
    return answerSchema.safeParse(JSON.parse(line.toString("utf8"))).data;
  } catch {
    return undefined;
  }
}
