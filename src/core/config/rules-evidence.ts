// Rules about evidence: who may speak once, keys that are keys, and nothing carried to a gateway that steers or opens it.
import { CountersignError } from "../base/failure.ts";
import { pinnedKey } from "../gate/evidence-key.ts";
import type { RuleFault } from "./fault.ts";
import { isSteering, outgoingSecretsOf, readReference, secretsOf, shipSecretOf } from "./reference.ts";
import type { Config } from "./schema.ts";
import type { EvidenceKeyEntry } from "./schema-evidence.ts";

export function evidenceFaults(config: Config): readonly RuleFault[] {
  const { evidence, dev, schemas } = config;
  const lists: readonly (readonly [key: string, list: readonly string[]])[] = [
    ["evidence.providers", evidence.providers],
    ["evidence.raw_providers", evidence.raw_providers],
    ["evidence.env.allow", evidence.env.allow],
    ["evidence.http.allowed_hosts", evidence.http.allowed_hosts],
    ["dev.exempt_providers", dev.exempt_providers],
  ];
  return [
    ...lists.flatMap(([key, list]) => twice(key, list)),
    ...anchorFaults(evidence),
    ...keyFaults("evidence.keys", evidence.keys),
    ...keyFaults("schemas.keys", schemas.keys),
    ...evidence.keys.flatMap((entry, at) => entryFaults(entry, `evidence.keys.${at}`)),
    ...variableFaults(config),
  ];
}

function twice(key: string, list: readonly string[]): readonly RuleFault[] {
  return list.flatMap((word, at) =>
    list.indexOf(word) === at
      ? []
      : [
          {
            key,
            message: `names ${word} twice`,
            fix: "Write it once: two entries hide that one was taken out.",
          },
        ],
  );
}

/** Two rules for one provider: whichever held, somebody would rely on the other. */
function anchorFaults({ anchors }: Config["evidence"]): readonly RuleFault[] {
  return anchors.flatMap(({ provider, required_fields: fields }, at) => [
    ...(anchors.findIndex((other) => other.provider === provider) === at
      ? []
      : [
          {
            key: `evidence.anchors.${at}.provider`,
            message: `${provider} has an anchor rule already`,
            fix: "Keep one rule for each provider.",
          },
        ]),
    ...twice(`evidence.anchors.${at}.required_fields`, fields),
  ]);
}

type KeyWords = Pick<EvidenceKeyEntry, "name" | "key"> & Partial<EvidenceKeyEntry>;

/** Of a key that is being exchanged there are two entries: the old one says when it ends, and both speak about the same. */
function isExchange(entry: KeyWords, others: readonly KeyWords[]): boolean {
  const all = [...others, entry];
  const checks = ({ checks: said = [] }: KeyWords): string => said.toSorted().join(" ");
  return (
    all.every(
      (one) => one.name === entry.name && one.checks !== undefined && checks(one) === checks(entry),
    ) && all.filter(({ not_after: end }) => end === undefined).length <= 1
  );
}

/** One name and one key each: an entry that is taken out must not live on under another name. */
function keyFaults(list: string, entries: readonly KeyWords[]): readonly RuleFault[] {
  const names = new Map<string, readonly KeyWords[]>();
  const ids = new Set<string>();
  return entries.flatMap((entry, at): RuleFault[] => {
    const faults: RuleFault[] = [];
    const name = entry.name.toLowerCase();
    const before = names.get(name) ?? [];
    if (before.length > 0 && !isExchange(entry, before))
      faults.push({
        key: `${list}.${at}.name`,
        message: "is the name of two keys (letter case does not tell them apart)",
        fix: "Give each key a name of its own; or, to exchange one, the same checks, and the old one a not_after.",
      });
    names.set(name, [...before, entry]);
    const read = keyIdOf(entry);
    if (!read.ok) faults.push({ key: `${list}.${at}.key`, message: read.why, fix: KEY_FIX });
    else if (ids.has(read.id))
      faults.push({
        key: `${list}.${at}.key`,
        message: "is the key of two entries",
        fix: "Keep one of them, with all its checks.",
      });
    if (read.ok) ids.add(read.id);
    return faults;
  });
}

const KEY_FIX = "Write the base64 line of the key's PEM; openssl pkey -in ci.key.pem -pubout prints it.";

function keyIdOf(
  entry: KeyWords,
): { readonly ok: true; readonly id: string } | { readonly ok: false; readonly why: string } {
  try {
    return { ok: true, id: pinnedKey(entry).keyid };
  } catch (cause) {
    if (cause instanceof CountersignError) return { ok: false, why: cause.message };
    throw cause;
  }
}

function entryFaults(entry: EvidenceKeyEntry, key: string): readonly RuleFault[] {
  const { checks, not_before: from, not_after: to } = entry;
  const faults: RuleFault[] = [...twice(`${key}.checks`, checks)];
  if (checks.includes("*") && checks.length > 1)
    faults.push({
      key: `${key}.checks`,
      message: "holds * beside other names: it may speak about everything",
      fix: 'Write ["*"], or the names alone.',
    });
  // A date that does not exist would be neither before nor after any instant.
  for (const word of ["expires", "not_before", "not_after"] as const) {
    const text = entry[word];
    if (text !== undefined && !isRealInstant(text))
      faults.push({
        key: `${key}.${word}`,
        message: "is not a real instant",
        fix: "Write one such as 2027-01-01T00:00:00Z.",
      });
  }
  if (from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to))
    faults.push({
      key: `${key}.not_after`,
      message: "is no later than not_before: the key could never prove anything",
      fix: "Exchange the two, or leave one out.",
    });
  return faults;
}

function isRealInstant(text: string): boolean {
  const millis = Date.parse(text);
  return !Number.isNaN(millis) && new Date(millis).toISOString().slice(0, 19) === text.slice(0, 19);
}

/** What is allowed here is carried into the gateway's empty environment, and can be asked for by conditions. */
function variableFaults(config: Config): readonly RuleFault[] {
  const secrets = new Set(
    [...secretsOf(config), ...outgoingSecretsOf(config), shipSecretOf(config) ?? []]
      .flat()
      .flatMap(({ ref }) => {
        const read = readReference(ref);
        return read.kind === "env" ? [read.name] : [];
      }),
  );
  return config.evidence.env.allow.flatMap((name): RuleFault[] => {
    const why = isSteering(name)
      ? "a variable that steers a process"
      : secrets.has(name)
        ? "the variable of a secret of this configuration"
        : undefined;
    return why === undefined
      ? []
      : [
          {
            key: "evidence.env.allow",
            message: `names ${name}, ${why}`,
            fix: "Let conditions ask another variable.",
          },
        ];
  });
}
