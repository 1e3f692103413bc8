// One proposal from the agent's reading to the person's branch, over the HTTP door of a posture.
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

/** What became of it: the verdict, what `list` and `show` say, and the text on the branch that was landed. */
export async function wholeProposal(posture: Posture): Promise<Content> {
  const { manifest } = await served(posture, "agent", "read-manifest", {});
  const edits = [{ op: "replace", path: "src/a.ts", old_text: "two", new_text: "two and more" }];
  const made = await served(
    posture,
    "agent",
    "propose-patch",
    proposalOf(manifest, { edits, wait_seconds: 40 }),
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
