// Waits for a verdict within a call, telling the caller how far it is; the verdict itself comes in by the intake.
import type { Clock } from "../../core/base/time.ts";
import { pendingStates, type State } from "../../core/proposal/state.ts";
import type { Store, StoredProposal } from "../../io/store/store.ts";
import type { News } from "../legs/news.ts";
import type { Call } from "./tool.ts";

export interface Waiting {
  readonly store: Pick<Store, "proposal">;
  readonly clock: Clock;
  readonly news: News;
  /** Resolves after that many milliseconds, or at once when the signal aborts; never rejects. */
  readonly pause: (millis: number, signal: AbortSignal) => Promise<void>;
}

/** Longest time between two looks at the store and two signs of life to the caller. */
const STEP_MS = 1000;

/** So many looks between two questions whether the caller may still follow: ten seconds at the most. */
const LOOKS = 10;

/**
 * The proposal once it is decided, or as it is when `seconds` are over, the caller gave up or the process stops. Undefined
 * when it is not, or no more, for the caller to follow: waiting alone would tell when the verdict came, and progress what
 * becomes of it, so that is asked first, in between, and last.
 */
export async function awaitVerdict(
  parts: Waiting,
  proposal: StoredProposal,
  seconds: number,
  call: Call,
  follows: () => Promise<boolean>,
): Promise<StoredProposal | undefined> {
  if (!(await follows())) return undefined;
  if (seconds === 0 || !isWaiting(proposal.state)) return proposal;
  const id = proposal.order.patch_id;
  const deadline = parts.clock() + seconds * 1000;
  let latest = proposal;
  let left = deadline - parts.clock();
  for (let look = 1; isWaiting(latest.state) && left > 0 && !call.signal.aborted; look++) {
    if (look % LOOKS === 0 && !(await follows())) return undefined;
    call.progress(`${latest.state}, waiting for the verdict`);
    await nextLook(parts, id, Math.min(STEP_MS, left), call.signal);
    latest = parts.store.proposal(id) ?? latest;
    left = deadline - parts.clock();
  }
  return (await follows()) ? latest : undefined;
}

function isWaiting(state: State): boolean {
  return pendingStates.some((pending) => pending === state);
}

async function nextLook(
  { news, pause }: Waiting,
  id: string,
  millis: number,
  signal: AbortSignal,
): Promise<void> {
  const woken = new AbortController();
  const stop = news.listen((item) => {
    if (item.kind === "patch" && item.id === id) woken.abort();
  });
  await pause(millis, AbortSignal.any([signal, woken.signal]));
  stop();
}
