// One proposal from the agent's reading to the person's branch, over the HTTP door of a posture.
import { type DecisionJson, openCiJob, treeWith } from "../support/ci-job.ts";
import { git } from "../support/scratch.ts";
import { call } from "./ask.ts";
import type { CallerName, Posture } from "./posture.ts";

export type Content = Readonly<Record<string, unknown>>;

/** Structured content of an answer that must not be a refusal. */
export async function served(
  { door, token }: Posture,
  caller: CallerName,
  tool: string,
  args: object,
): Promise<Content> {
  const { json, status } = await call(door, token(caller), tool, args);
  const content = json.result?.structuredContent;
  if (content === undefined || json.result?.isError === true)
    throw new Error(`${tool}: ${status} ${JSON.stringify(json)}`);
  return content;
}

/** Arguments of propose-patch that every preset takes. */
export const proposalOf = (base: unknown, changes: object): object => ({
  base,
  title: "A change",
  rationale: "Because the second line of this file should say more.",
  change_type: "code_modification",
  risk_level: "low",
  ...changes,
});

interface Edit {
  readonly op: "replace";
  readonly path: string;
  readonly old_text: string;
  readonly new_text: string;
}
/** The one that the walks propose and land. */
export const EDIT: Edit = { op: "replace", path: "src/a.ts", old_text: "two", new_text: "two.and.more" };

/** Calls propose-patch as an agent of the posture; resolves with the structured content. */
type Proposing = (args: object) => Promise<unknown>;

/**
 * CI's word about what an edit makes, as it can be had before anything is stored: a dry run names the patch, and git the
 * tree that CI tested.
 */
export async function wordOfCi(
  { repo, state, ci }: Posture,
  dryRun: Proposing,
  manifest: unknown,
  edit: Edit,
  by = ci,
): Promise<string> {
  const dry = (await dryRun(proposalOf(manifest, { edits: [edit], dry_run: true }))) as Content;
  const tree = treeWith(repo, edit.path, edit.old_text, edit.new_text);
  return by.sign(state, { patch: String(dry["patch_sha256"]), tree });
}

/** What became of it: the verdict, what `list` and `show` say, and the text on the branch that was landed. */
export async function wholeProposal(posture: Posture): Promise<Content> {
  const { manifest } = await served(posture, "agent", "read-manifest", {});
  const propose = (args: object): Promise<Content> => served(posture, "agent", "propose-patch", args);
  const evidence =
    posture.preset === "hardened" ? [{ envelope: await wordOfCi(posture, propose, manifest, EDIT) }] : [];
  const made = await propose(proposalOf(manifest, { edits: [EDIT], evidence, wait_seconds: 40 }));
  const id = String(made["patch_id"]);
  const listed = JSON.parse((await posture.person("list", "--json")).stdout) as {
    proposals: readonly { patch_id: string; principal: string }[];
  };
  const shown = await posture.person("show", id);
  const integrated = await posture.person("integrate", id);
  const branch = /countersign\/patch-[0-9a-f]{8}/.exec(`${integrated.stdout}${integrated.stderr}`)?.[0];
  if (branch === undefined) throw new Error(`integrate: ${integrated.stdout}${integrated.stderr}`);
  return {
    state: made["state"],
    principal: listed.proposals.find(({ patch_id }) => patch_id === id)?.principal,
    shown: shown.stdout.includes("+two.and.more"),
    integrate: integrated.code,
    landed: git(posture.repo, "-c", `safe.directory=${posture.repo}`, "show", `${branch}:src/a.ts`),
  };
}

/** What the person sees of an unsigned proposal and of one that a stranger signed, and how much its proposer is told. */
export async function unproven(
  posture: Posture,
): Promise<Readonly<Record<"unsigned" | "foreign" | "told", string>>> {
  const { manifest } = await served(posture, "agent", "read-manifest", {});
  const stranger = openCiJob("stranger");
  try {
    const edit = (new_text: string): Edit => ({ op: "replace", path: "src/b.ts", old_text: "b", new_text });
    const propose = (args: object): Promise<Content> => served(posture, "agent", "propose-patch", args);
    const judged = (one: Edit, evidence: readonly object[]): Promise<Content> =>
      propose(proposalOf(manifest, { edits: [one], evidence, wait_seconds: 40 }));
    const bare = await judged(edit("unsigned"), []);
    const foreign = edit("foreign");
    const envelope = await wordOfCi(posture, propose, manifest, foreign, stranger);
    const carried = await judged(foreign, [{ envelope }]);
    const gate = bare["gate"] as Content | undefined;
    return {
      unsigned: await judgedAs(posture, bare),
      foreign: await judgedAs(posture, carried),
      told: gate === undefined ? "nothing" : gate["conditions"] === undefined ? "summary" : "trace",
    };
  } finally {
    stranger.remove();
  }
}

interface Traced {
  readonly trace: { readonly verdict: { readonly decision: DecisionJson } | null };
}

/** The state, and the reason of what holds the gate. */
async function judgedAs(posture: Posture, { patch_id: id, state }: Content): Promise<string> {
  const { stdout } = await posture.person("show", String(id), "--trace", "--json");
  const { conditions = [] } = (JSON.parse(stdout) as Traced).trace.verdict?.decision ?? {};
  const held = conditions.find((condition) => condition["state"] !== "true");
  return held === undefined ? String(state) : `${String(state)} ${String(held["detail"] ?? held["reason"])}`;
}
