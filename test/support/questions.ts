// Questions to providers in tests, and their answers in few words.
import type { Json } from "../../src/core/base/canonical.ts";
import type { ConditionSpec } from "../../src/core/gate/condition.ts";
import type { Evidence } from "../../src/core/gate/evidence.ts";
import type { ProviderName } from "../../src/core/gate/providers.ts";
import { renderValue } from "../../src/core/gate/value.ts";
import type { EvidenceProvider } from "../../src/io/evidence/provider.ts";

export function question(
  provider: ProviderName,
  check: string,
  params: Readonly<Record<string, Json>> = {},
  over: Partial<ConditionSpec> = {},
): ConditionSpec {
  return { id: "q", provider, check, params, comparator: "exists", types: ["dynamic"], ...over };
}

/** The error's code; the canonical text of the value; "nothing". */
export function answerText({ error, value }: Evidence): string {
  return error?.code ?? (value === undefined ? "nothing" : renderValue(value));
}

/** What one provider answers to one question, in few words. */
export async function tell(
  provider: EvidenceProvider,
  name: ProviderName,
  check: string,
  params: Readonly<Record<string, Json>> = {},
): Promise<string> {
  return answerText(await provider.ask(question(name, check, params), new AbortController().signal));
}
