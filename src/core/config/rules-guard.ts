// Rules about the content guard: who may switch it off, who may be trusted, and what is not to be had yet.
import { entryNamed } from "../identity/principal.ts";
import type { RuleFault } from "./fault.ts";
import type { Config, PresetName } from "./schema.ts";

export function guardFaults(config: Config, preset: PresetName): readonly RuleFault[] {
  const { enabled, trusted, endpoint, model, key } = config.guard;
  const faults: (RuleFault | false)[] = [
    !enabled &&
      preset !== "quickstart" && {
        key: "guard.enabled",
        message: `is false, which only the quickstart preset may, not ${preset}`,
        fix: "Set it to true: the guard only advises.",
      },
    // Whoever writes them expects to be asked: said now, rather than at the first proposal.
    (endpoint !== "" || model !== "" || key !== "") && {
      key: endpoint !== "" ? "guard.endpoint" : model !== "" ? "guard.model" : "guard.key",
      message: "asks for a classifier, which this version cannot ask",
      fix: "Leave it empty; the rules of the pack are applied.",
    },
  ];
  return [
    ...faults.filter((fault) => fault !== false),
    ...trusted.flatMap((name, at) => trustedFault(config, name, `guard.trusted.${at}`) ?? []),
  ];
}

/** A name without a proof would be a word that anybody may say. */
function trustedFault({ principals }: Config, name: string, key: string): RuleFault | undefined {
  const entry = entryNamed(principals, name);
  if (entry === undefined)
    return {
      key,
      message: `names ${name}, and there is no such principal`,
      fix: "Write a [[principals]] entry with a token or a certificate for it.",
    };
  const proofs = [...entry.subjects, ...entry.tokens];
  if (proofs.length > 0 && !entry.subjects.some((subject) => subject.startsWith("local:"))) return undefined;
  return {
    key,
    message: `names ${name}, who proves nothing by a token or a certificate of its own`,
    fix: "Give the principal a token or a certificate, and no local: subject.",
  };
}
