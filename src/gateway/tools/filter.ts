// The filter of a listing, with a purse: what one call may spend on looking at paths.
import { agentGlob, type AgentGlob } from "../../core/base/glob.ts";
import { accept, type Result } from "../../core/base/refusal.ts";

/** Most paths that one call looks at: it costs the same for any size of repository. */
const MAX_EXAMINED = 20_000;

/** Well below a second with the most expensive glob; with a common one MAX_EXAMINED is met first. */
const MAX_STEPS = 10_000_000;

/** Made for one call. */
export interface Filter {
  wants(path: string): boolean;
  /** True when this call must end its page before the next path. False at first, so every page goes on. */
  spent(): boolean;
}

/** A glob of an agent's can be dear, and there are many paths: `**\/*a????…` took 19 s for 20,000 of them. */
export function openFilter(glob: string | undefined, prefix = ""): Result<Filter> {
  const pattern: Result<AgentGlob> =
    glob === undefined ? accept({ matches: () => true, cost: 0 }) : agentGlob(glob);
  if (!pattern.ok) return pattern;
  const { matches, cost } = pattern.value;
  let examined = 0;
  let steps = 0;
  return accept({
    wants(path) {
      examined += 1;
      if (!path.startsWith(prefix)) return false;
      steps += path.length * cost;
      return matches(path);
    },
    spent: () => examined >= MAX_EXAMINED || steps >= MAX_STEPS,
  });
}
