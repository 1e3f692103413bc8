// One proposal from the agent's reading to the person's branch, over the HTTP door of a posture.
import { type DecisionJson, openCiJob } from "../support/ci-job.ts";
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

const EDITS = [{ op: "replace", path: "src/a.ts", old_text: "two", new_text: "two and more" }];

/** CI's word about what `changes` make, as it can be had before anything is stored: a dry run names the patch. */
async function wordOfCi(
  posture: Posture,
  manifest: unknown,
  changes: object,
  by = posture.ci,
): Promise<string> {
  const dry = { dry_run: true, ...changes };
  const { patch_sha256: patch } = await served(posture, "agent", "propose-patch", proposalOf(manifest, dry));
  return by.sign(posture.state, { patch: String(patch) });
}

/** What became of it: the verdict, what `list` and `show` say, and the text on the branch that was landed. */
export async function wholeProposal(posture: Posture): Promise<Content> {
  const { manifest } = await served(posture, "agent", "read-manifest", {});
  const evidence =
    posture.preset === "hardened" ? [{ envelope: await wordOfCi(posture, manifest, { edits: EDITS }) }] : [];
  const made = await served(
    posture,
    "agent",
    "propose-patch",
    proposalOf(manifest, { edits: EDITS, evidence, wait_seconds: 60 }),
  );
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
    shown: shown.stdout.includes("+two and more"),
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
    const change = (text: string): object => ({
      edits: [{ op: "replace", path: "src/b.ts", old_text: "b", new_text: text }],
    });
    const propose = (changes: object): Promise<Content> =>
      served(posture, "agent", "propose-patch", proposalOf(manifest, { ...changes, wait_seconds: 60 }));
    const bare = await propose(change("unsigned"));
    const envelope = await wordOfCi(posture, manifest, change("foreign"), stranger);
    const carried = await propose({ ...change("foreign"), evidence: [{ envelope }] });
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
