// Asks all conditions at once. Whatever goes wrong becomes an answer with an error: unknown, never a yes and never a throw.
import { canonical } from "../../core/base/canonical.ts";
import type { ConditionSpec } from "../../core/gate/condition.ts";
import type { Evidence } from "../../core/gate/evidence.ts";
import { failed } from "./answers.ts";
import type { Providers } from "./provider.ts";

/**
 * Answers by id of the condition. Each question (provider, check, parameters) is asked once, all at the same time, and
 * has `timeoutMs` for itself. Never rejects: what throws is `<provider>_failed`, what comes late `<provider>_timeout`,
 * a provider that is not there `<provider>_unavailable`. Messages are ours: a foreign one may quote what it read.
 */
export async function gather(
  specs: readonly ConditionSpec[],
  providers: Providers,
  timeoutMs: number,
): Promise<ReadonlyMap<string, Evidence>> {
  const over = new AbortController();
  const asked = new Map<string, Evidence | Promise<Evidence>>();
  const answers = new Map<string, Evidence>();
  const pending: (readonly [ConditionSpec, Promise<Evidence>])[] = [];
  for (const spec of specs) {
    const question = questionOf(spec);
    const answer = asked.get(question) ?? ask(spec, providers, over.signal);
    asked.set(question, answer);
    if (answer instanceof Promise) pending.push([spec, answer]);
    else answers.set(spec.id, answer);
  }
  // Most gates ask nobody who has to be waited for; a timer for each call of a tool would cost more than the answers.
  if (pending.length > 0) await waitFor(pending, timeoutMs, over, answers);
  return answers;
}

async function waitFor(
  pending: readonly (readonly [ConditionSpec, Promise<Evidence>])[],
  timeoutMs: number,
  over: AbortController,
  answers: Map<string, Evidence>,
): Promise<void> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => {
    late.resolve(undefined);
    over.abort();
  }, timeoutMs);
  await Promise.all(
    pending.map(async ([spec, answer]) => {
      const first = await Promise.race([answer, late.promise]);
      answers.set(spec.id, first ?? timedOut(spec, timeoutMs));
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
