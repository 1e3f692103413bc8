// One attempt to land a patch in tests: the real command in this process, its answer taken apart.
import type { PatchId } from "../../src/core/base/ids.ts";
import type { Landing } from "../../src/core/proposal/landing.ts";
import { integrate } from "../../src/integrator/commands/integrate.ts";
import type { Desk } from "./verdicts.ts";
import { testWorld, type WorldOptions } from "./world.ts";

export interface Attempted {
  readonly code: number;
  readonly said: { readonly out: string; readonly err: string };
  readonly landing: Landing & { readonly trace: readonly { readonly id: string; readonly state: string }[] };
  /** The refusal's code, or how it ended well. */
  readonly answer: string;
}

/** `countersign integrate ID --json` on the desk, one second after its verdicts were given. */
export async function attempt(
  desk: Desk,
  id: PatchId,
  options: { confirm?: string; dryRun?: boolean } = {},
  world: Partial<WorldOptions> = {},
): Promise<Attempted> {
  const made = testWorld({ cwd: desk.repo, now: desk.now + 1000, ...world });
  const code = await integrate.run(made, [id], { ...options, state: desk.places.root, json: true });
  const landing = JSON.parse(made.said.out) as Attempted["landing"];
  const { result } = landing;
  return {
    code,
    said: made.said,
    landing,
    answer: result.kind === "refused" ? result.refusal.code : result.kind,
  };
}
