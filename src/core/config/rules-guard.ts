// Rules about the content guard: who may switch it off, who may be trusted, and which classifier may be asked.
import { parseAddress } from "../identity/address.ts";
import { entryNamed } from "../identity/principal.ts";
import type { RuleFault } from "./fault.ts";
import { readReference } from "./reference.ts";
import type { Config, PresetName } from "./schema.ts";

export function guardFaults(config: Config, preset: PresetName): readonly RuleFault[] {
  const { enabled, trusted } = config.guard;
  const faults: (RuleFault | false)[] = [
    !enabled &&
      preset !== "quickstart" && {
        key: "guard.enabled",
        message: `is false, which only the quickstart preset may, not ${preset}`,
        fix: "Set it to true: the guard only advises.",
      },
  ];
  return [
    ...faults.filter((fault) => fault !== false),
    ...classifierFaults(config.guard),
    ...trusted.flatMap((name, at) => trustedFault(config, name, `guard.trusted.${at}`) ?? []),
  ];
}

/** What is written here is meant to be asked: half of it is a mistake that would pass for a classifier that is at work. */
function classifierFaults({ endpoint, model, key }: Config["guard"]): readonly RuleFault[] {
  const read = readReference(key);
  const faults: (RuleFault | false)[] = [
    endpoint === "" &&
      (model !== "" || key !== "") && {
        key: model !== "" ? "guard.model" : "guard.key",
        message: "asks for a classifier, and guard.endpoint names none",
        fix: "Name one there, or leave guard.model and guard.key empty.",
      },
    endpoint !== "" &&
      model === "" && {
        key: "guard.model",
        message: "is empty: the classifier of guard.endpoint needs the name of a model",
        fix: "Name the model as its server does.",
      },
    endpoint !== "" &&
      !isEndpoint(endpoint) && {
        key: "guard.endpoint",
        message: "is not the base URL of a server over https, or over http on this machine",
        fix: "Write it like http://127.0.0.1:8080/v1, without user, query or fragment.",
      },
    key !== "" &&
      read.kind !== "env" &&
      read.kind !== "file" && {
        key: "guard.key",
        message: read.kind === "malformed" ? read.why : "is not a reference that the validator looks up",
        fix: "Write env:NAME or file:/path.",
      },
  ];
  return faults.filter((fault) => fault !== false);
}

function isEndpoint(text: string): boolean {
  const url = URL.parse(text);
  if (
    url === null ||
    url.hostname === "" ||
    /[?#\s\\]/.test(text) ||
    url.username !== "" ||
    url.password !== ""
  )
    return false;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isHere = host === "localhost" || parseAddress(host)?.range() === "loopback";
  return url.protocol === "https:" || (url.protocol === "http:" && isHere);
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
