// The free strings of a proposal, all of which are stored, signed or shown, and what among them looks like a secret.
import { formOf, readProof } from "../attestation/read-evidence.ts";
import { utf8 } from "../base/bytes.ts";
import { type Refusal, refusal } from "../base/refusal.ts";
import { isList, isMap, renderValue, type Value } from "../gate/value.ts";
import type { Order, OrderEvidence } from "./order.ts";
import type { SecretScanner } from "../secrets/find.ts";

/** One field or entry, with all the texts in it; a value stands behind its name, which may be what gives it away. */
export interface Words {
  readonly where: string;
  readonly texts: readonly string[];
}

/** Beside the patch, everything that a proposer may write as it likes. Signatures, nonces and digests are random by nature. */
export function wordsOf({
  title,
  rationale,
  correlation,
  evidence,
}: Pick<Order, "title" | "rationale"> & {
  readonly correlation?: string | undefined;
  readonly evidence: readonly OrderEvidence[];
}): readonly Words[] {
  return [
    { where: "title", texts: [title] },
    { where: "rationale", texts: [rationale] },
    ...(correlation === undefined ? [] : [{ where: "correlation", texts: [correlation] }]),
    ...evidence.map((one, at) => ({ where: `evidence[${at}]`, texts: textsOf(one) })),
  ];
}

/** What is looked at whatever `[secrets] entropy` says: nobody needs random values in a title. */
const STRICT = { path: "", entropy: true };

/** One refusal for each place, with the rule that fired and never a character of the text: verdicts and logs travel. */
export function secretsIn(words: readonly Words[], scanner: SecretScanner): readonly SecretWord[] {
  return words.flatMap(({ where, texts }) => {
    const [rule] = texts.flatMap((text) => scanner.find(text, STRICT)[0]?.rule ?? []);
    if (rule === undefined) return [];
    return [{ rule, refusal: refusal("secret_suspected", `looks like a secret (${rule})`, where) }];
  });
}

/** Whether one word that is kept or echoed, such as the id of a request, looks like a secret. */
export function isSecretWord(text: string, scanner: SecretScanner): boolean {
  return scanner.find(text, STRICT).length > 0;
}

export interface SecretWord {
  readonly rule: string;
  readonly refusal: Refusal;
}

/** Lines of a diff that name files; an added line that looks like one is looked at for itself anyway. */
const NAME_LINES = /^(?:diff --git|\+\+\+|rename to|copy to) .{1,2000}$/gm;

/** What names files in a diff that need not be one. */
export function nameLinesOf(diff: string): readonly string[] {
  return diff.match(NAME_LINES) ?? [];
}

/** Names of files, by their place in the patch: a name with a secret in it is not said again. */
export function namesOf(paths: readonly string[]): readonly Words[] {
  return paths.map((path, at) => ({ where: `file name ${at + 1}`, texts: [path] }));
}

function textsOf(one: OrderEvidence): readonly string[] {
  if (!("envelope" in one)) return [`${one.name}=${String(one.value)}`];
  const bytes = utf8(one.envelope);
  const read = readProof({ form: formOf(bytes) ?? "dsse", bytes });
  // What cannot be read is refused for that, where it is needed; all of it is text then.
  if (!read.ok) return [one.envelope];
  const { resourceUri, check, params } = read.context;
  const asked = Object.entries(params).map(([name, value]) => `${name}=${String(value)}`);
  return [resourceUri, read.keyid, ...asked, ...named(check, read.value)];
}

/** Text as it is, not as JSON writes it: `\"password\":` would hide what follows from every rule. */
function named(name: string, value: Value): readonly string[] {
  if (isList(value)) return value.flatMap((item) => named(name, item));
  if (isMap(value)) return [...value].flatMap(([key, item]) => [key, ...named(key, item)]);
  return [`${name}=${typeof value === "string" ? value : renderValue(value)}`];
}
