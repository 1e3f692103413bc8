// A gateway whose verdict asks for a claim or for CI's word, with a CI, somebody else's CI and a stranger, each with a key of its own.
import { type Content, content, propose, serve, type Served } from "./agent.ts";
import { type CiJob, openCiJob, type Said, TESTS, verdictIn } from "./ci-job.ts";
import { condition, gate } from "./gates.ts";
import { removeScratch, scratchRepository } from "./scratch.ts";

const BOOLEAN = 'type = "boolean"';
export const CLAIMED = condition("claimed", "caller", { check: "claim", name: TESTS }, true, BOOLEAN);
export const SIGNED = condition("signed", "signed", { check: "statement", name: TESTS }, true, BOOLEAN);
const ROOM = '[proposal]\nmax_pending = 100\n[calls]\nper_minute = 10000\n[feedback]\nlocal = "evidence"\n';
export const CLAIM = { name: TESTS, value: true };

export interface Judged {
  readonly id: string;
  readonly state: unknown;
  /** As the verdict records it. */
  readonly condition: Content | undefined;
}

export interface CiScene {
  readonly served: Served;
  readonly ci: CiJob;
  /** Pinned for another check. */
  readonly linter: CiJob;
  readonly stranger: CiJob;
  /** No two of them make the same patch. */
  change(): Content;
  /** The last of them, as text of the file's second line. */
  last(): string;
  /** The answer to a proposal, with its verdict. */
  said(how: Content): Promise<Content>;
  /** Digest of the patch, from a dry run. */
  shaOf(how: Content): Promise<string>;
  /** A proposal that carries what `envelope` makes of its patch, and `more`. */
  carrying(envelope: (patch: string) => string, more?: readonly Content[]): Promise<Judged>;
  judged(answer: Content): Judged;
  /** CI's word about a patch. */
  sign(words?: Partial<Said>, by?: CiJob): (patch: string) => string;
  stop(): Promise<void>;
}

export async function openCiScene(): Promise<CiScene> {
  const [ci, linter, stranger] = [openCiJob("ci"), openCiJob("linter"), openCiJob("stranger")];
  const policy =
    ROOM +
    CLAIMED +
    SIGNED +
    ci.pin() +
    linter.pin(["lint_passed"]) +
    gate("verdict", '{ all = ["structure", { any = ["claimed", "signed"] }] }') +
    gate("landing", '{ all = ["structure", "signed"] }');
  const served = await serve(scratchRepository("ci-scene", { "src/a.txt": "one\ntwo\nthree\n" }), policy);
  let turn = 0;
  const last = (): string => `two ${turn}`;
  const change = (): Content => {
    turn += 1;
    return { edits: [{ op: "replace", path: "src/a.txt", old_text: "two", new_text: last() }] };
  };
  const said = async (how: Content): Promise<Content> => content(await propose(served, how, 100));
  const shaOf = async (how: Content): Promise<string> =>
    String((await said({ ...how, dry_run: true }))["patch_sha256"]);
  const judged = (answer: Content): Judged => judgedIn(served, answer, "signed");
  return {
    served,
    ci,
    linter,
    stranger,
    change,
    last,
    said,
    shaOf,
    judged,
    async carrying(envelope, more = []) {
      const how = change();
      const text = envelope(await shaOf(how));
      return judged(await said({ ...how, evidence: [...more, { envelope: text }] }));
    },
    sign:
      (words = {}, by = ci) =>
      (patch) =>
        by.sign(served.state, { patch, ...words }),
    async stop() {
      await served.stop();
      removeScratch(served.repo);
      for (const job of [ci, linter, stranger]) job.remove();
    },
  };
}

/** What became of a proposal, and how the verdict records the condition `name`. */
export function judgedIn({ state }: Served, answer: Content, name: string): Judged {
  const id = String(answer["patch_id"]);
  const { conditions } = verdictIn(state, id).predicate.decision;
  return { id, state: answer["state"], condition: conditions.find((one) => one["id"] === name) };
}

/** One letter of the text behind `mark` becomes another one. */
export function flipped(text: string, mark: string, offset: number): string {
  const at = text.indexOf(mark) + mark.length + offset;
  return `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`;
}

/** The same envelope over a payload of which `change` made another one. */
export function repacked(text: string, edit: (payload: string) => string): string {
  const json = JSON.parse(text) as { payload: string };
  const payload = edit(Buffer.from(json.payload, "base64").toString("utf8"));
  return text.replace(json.payload, Buffer.from(payload).toString("base64"));
}
