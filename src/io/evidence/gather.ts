// Asks all conditions at once. Whatever goes wrong becomes an answer with an error: unknown, never a yes and never a throw.
import { setImmediate } from "node:timers/promises";
import { canonical } from "../../core/base/canonical.ts";
import type { Clock } from "../../core/base/time.ts";
import type { ConditionSpec } from "../../core/gate/condition.ts";
import type { Evidence } from "../../core/gate/evidence.ts";
import { failed } from "./answers.ts";
import type { Providers } from "./provider.ts";

/** Nobody can interrupt a provider that answers at once, but after so many times the timeout no further one is asked. */
const MAX_WAITS = 4;

/**
 * Answers by id of the condition. Each question (provider, check, parameters) is asked once, all at the same time, and
 * has `timeoutMs` for itself by `clock`; all that are answered at once have four times as much together. Never rejects: what
 * throws is `<provider>_failed`, what comes late or is not even asked any more `<provider>_timeout`, a provider that is
 * not there `<provider>_unavailable`. Messages are ours: a foreign one may quote what it read.
 */
export async function gather(
  specs: readonly ConditionSpec[],
  providers: Providers,
  timeoutMs: number,
  clock: Clock,
): Promise<ReadonlyMap<string, Evidence>> {
  const over = new AbortController();
  const asked = new Map<string, Evidence | Promise<Evidence>>();
  const answers = new Map<string, Evidence>();
  const pending: (readonly [ConditionSpec, Promise<Evidence>])[] = [];
  let spent = 0;
  for (const spec of specs) {
    const question = questionOf(spec);
    let answer = asked.get(question);
    if (answer === undefined && spent > MAX_WAITS * timeoutMs) answer = timedOut(spec, timeoutMs);
    if (answer === undefined) {
      const started = clock();
      answer = ask(spec, providers, over.signal);
      const took = passed(started, clock());
      if (took > timeoutMs) answer = timedOut(spec, timeoutMs);
      spent += took;
      // A process that serves others turns to them behind whatever took time; what they do is not counted here.
      if (took > 0) await setImmediate();
    }
    asked.set(question, answer);
    if (answer instanceof Promise) pending.push([spec, answer]);
    else answers.set(spec.id, answer);
  }
  // Most gates ask nobody who has to be waited for; a timer for each call of a tool would cost more than the answers.
  if (pending.length > 0) await waitFor(pending, { timeoutMs, clock, over }, answers);
  return answers;
}

/** Written so that a clock that shows no time, or goes back, leaves none. */
function passed(started: number, now: number): number {
  return now >= started ? now - started : Infinity;
}

interface Wait {
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly over: AbortController;
}

async function waitFor(
  pending: readonly (readonly [ConditionSpec, Promise<Evidence>])[],
  { timeoutMs, clock, over }: Wait,
  answers: Map<string, Evidence>,
): Promise<void> {
  const late = Promise.withResolvers<undefined>();
  const started = clock();
  const timer = setTimeout(() => {
    late.resolve(undefined);
    over.abort();
  }, timeoutMs);
  await Promise.all(
    pending.map(async ([spec, answer]) => {
      const first = await Promise.race([answer, late.promise]);
      // Who works without pause holds up the timer as well, and would always be in time.
      const kept = passed(started, clock()) <= timeoutMs ? first : undefined;
      answers.set(spec.id, kept ?? timedOut(spec, timeoutMs));
    }),
  );
  clearTimeout(timer);
}

function ask(spec: ConditionSpec, providers: Providers, signal: AbortSignal): Evidence | Promise<Evidence> {
  const asked = providers[spec.provider];
  if (asked === undefined)
    return failed(spec, `${spec.provider}_unavailable`, `${spec.provider} cannot be asked here`);
  try {
    const answer = asked.ask(spec, signal);
    return answer instanceof Promise ? answer.catch(() => broken(spec)) : answer;
  } catch {
    return broken(spec);
  }
}

function broken(spec: ConditionSpec): Evidence {
  return failed(spec, `${spec.provider}_failed`, `${spec.provider} could not answer`);
}

function timedOut(spec: ConditionSpec, timeoutMs: number): Evidence {
  return failed(spec, `${spec.provider}_timeout`, `${spec.provider} did not answer within ${timeoutMs} ms`);
}

/** Conditions are compiled once and asked at every call, so their questions are written once. */
const questions = new WeakMap<ConditionSpec, string>();

function questionOf(spec: ConditionSpec): string {
  let question = questions.get(spec);
  if (question === undefined) {
    question = written(spec);
    questions.set(spec, question);
  }
  return question;
}

function written({ id, provider, check, params }: ConditionSpec): string {
  try {
    return canonical([provider, check, params]);
  } catch {
    // Parameters that have no canonical form equal no other's.
    return `${id} alone`;
  }
}
