// Check `secrets`: no secret in what the patch adds; one that stood in the base already asks for a person.
import { createHmac } from "node:crypto";
import { canonical } from "../../core/base/canonical.ts";
import { reasons } from "../../core/base/reason.ts";
import { refusal } from "../../core/base/refusal.ts";
import type { TargetFinding } from "../../core/proposal/targets.ts";
import { exceptionFix } from "../../core/rules/exceptions.ts";
import { countedRules, type Counted } from "../../core/secrets/excluded.ts";
import { scannerOf, type SecretScanner } from "../../core/secrets/find.ts";
import type { Bench } from "../bench.ts";
import type { Found } from "../scanners/finding.ts";
import { type Check, type Examined, judgedBy } from "./check.ts";
import type { PatchedFile } from "./contents.ts";
import { PATCH, readable } from "./readable.ts";

type Parts = Pick<Bench, "setup" | "disclosure" | "inspector">;

/** A secret, or a line that holds one: all that is known of it. */
interface Suspect {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  /** Last line that it reaches. */
  readonly end: number;
  readonly text: string;
  /** Offset in the file, of what our own rules found. */
  readonly start?: number;
  /** Asks for a person, and rejects nothing. */
  readonly likely: boolean;
}

export function secretsCheck({ setup, disclosure, inspector }: Parts): Check {
  const { result, entropy } = setup.config.secrets;
  return {
    id: "secrets",
    tool: "countersign",
    // Whatever stands against the patch otherwise: what is rejected unread keeps its secret.
    after: [],
    exceptable: true,
    async run(matter, before) {
      const { kind, files } = await readable(matter, before);
      const scanner = scannerOf(setup.rules.secrets);
      const counted = countedRules(setup.config.rules, matter.now);
      const own = files.flatMap((file) => suspectsIn(file, scanner, entropy, counted));
      const passed = own.filter((one) =>
        isLetPass(one, setup.config.rules.suppress, disclosure.key, matter.now),
      );
      const rest = passed.length === 0 ? files : files.map((file) => without(file, passed));
      const beside =
        passed.length === 0 ? [] : besides(rest, own, (file) => suspectsIn(file, scanner, entropy, counted));
      const counting = [...own.filter((one) => !passed.includes(one)), ...beside];
      const theirs = await inspector.secrets(rest);
      const all = [
        ...own,
        ...beside,
        ...theirs.filter((found) => !isKnown(found, counting)).map((one) => asSuspect(one, files)),
      ];
      const added = new Map(files.map((file) => [file.path, file.added]));
      const isNew = (one: Suspect): boolean => reaches(one, added.get(one.path) ?? new Set());
      const blocks = (one: Suspect): boolean => result === "reject" && isNew(one) && !one.likely;
      const say = (one: Suspect): TargetFinding => finding(one, isNew(one), disclosure.key);
      // Half a look passes nothing.
      if (kind === "patch" && all.length === 0) return SKIPPED;
      return judgedBy(all.filter(blocks).map(say), all.filter((one) => !blocks(one)).map(say));
    },
  };
}

/**
 * Passwords in URLs, as secretlint finds them: `user:pass@host` of a manual, too. What only it takes for one is for a person
 * to tell; our own rule for them knows what stands in documents.
 */
const UNSURE: ReadonlySet<string> = new Set([
  "secretlint-basicauth",
  "secretlint-database-connection-string",
]);

const SKIPPED: Examined = { result: "SKIPPED", findings: [] };

/** The whole file: a word on an added line can make a secret of what stood beside it before, and the other way round. */
function suspectsIn(
  { path, text }: PatchedFile,
  scanner: SecretScanner,
  entropy: boolean,
  counted: Counted,
): readonly Suspect[] {
  const counts = (rule: string): boolean => counted(rule, path);
  const all = scanner.find(text, { path, entropy });
  // What the operator lets pass stays in the verdict; what another rule finds in the same place counts all the same.
  const passed = all.filter(({ rule }) => !counts(rule));
  const hits = passed.length === 0 ? all : [...passed, ...scanner.find(text, { path, entropy, counts })];
  return hits.map(({ rule, start, end, line, likely = false }) => {
    const secret = text.slice(start, end);
    return { rule, path, line, end: line + secret.split("\n").length - 1, text: secret, start, likely };
  });
}

/** Whether the operator lets this one pass, by its fingerprint. */
function isLetPass(one: Suspect, suppress: Suppressed, key: Uint8Array, now: number): boolean {
  const meant = suppress.filter(
    ({ rule, path, expires }) => rule === one.rule && path === one.path && now < Date.parse(expires),
  );
  return meant.some(({ fingerprint }) => fingerprint === fingerprintOf(one, key));
}

type Suppressed = Bench["setup"]["config"]["rules"]["suppress"];

/**
 * Threat: a second secret on the line of one that is let pass, which our finding there would swallow. So what is let pass is
 * taken out of the text, each character by a blank, and both engines look at what is left.
 */
function without(file: PatchedFile, passed: readonly Suspect[]): PatchedFile {
  let { text } = file;
  for (const { path, start, text: secret } of passed) {
    if (path !== file.path || start === undefined) continue;
    text = text.slice(0, start) + secret.replaceAll(/[^\r\n]/g, " ") + text.slice(start + secret.length);
  }
  return { ...file, text };
}

/** What is found in the texts without it, and was not found with it. */
function besides(
  files: readonly PatchedFile[],
  own: readonly Suspect[],
  find: (file: PatchedFile) => readonly Suspect[],
): readonly Suspect[] {
  const placeOf = ({ path, rule, start }: Suspect): string => `${rule} ${start} ${path}`;
  const known = new Set(own.map(placeOf));
  return files.flatMap(find).filter((one) => !known.has(placeOf(one)));
}

/**
 * Both engines know many of the same forms, and one finding for each is enough. Another form on the same line may be another
 * secret: who lets ours pass, or asks a person for it, has said nothing of theirs.
 */
function isKnown({ rule, path, line, end }: Found, own: readonly Suspect[]): boolean {
  return own.some(
    (one) =>
      one.path === path &&
      one.line <= end &&
      line <= one.end &&
      isSameForm(one.rule, rule) &&
      (!one.likely || UNSURE.has(rule)),
  );
}

/** Forms that go by another name there. */
const ALSO: Readonly<Record<string, RegExp>> = {
  "secretlint-1password": /^one-password-/,
  "secretlint-basicauth": /^(?:url-credentials|basic-authorization)$/,
  "secretlint-database-connection-string": /^url-credentials$/,
  "secretlint-gcp": /^(?:google-|private-key$)/,
};

/** `github-token` and `secretlint-github`, `private-key` and `secretlint-privatekey`. */
function isSameForm(rule: string, theirs: string): boolean {
  const named = theirs.replace("secretlint-", "").replaceAll("-", "");
  return rule.replaceAll("-", "").startsWith(named) || ALSO[theirs]?.test(rule) === true;
}

/** The child says lines only, so the lines are what is fingerprinted. */
function asSuspect({ rule, path, line, end }: Found, files: readonly PatchedFile[]): Suspect {
  const text = files.find((file) => file.path === path)?.text ?? "";
  const lines = text.split("\n").slice(line - 1, end);
  return { rule, path, line, end, text: lines.join("\n"), likely: UNSURE.has(rule) };
}

function reaches({ line, end }: Suspect, added: ReadonlySet<number>): boolean {
  for (let at = line; at <= end; at++) if (added.has(at)) return true;
  return false;
}

function finding(one: Suspect, isNew: boolean, key: Uint8Array): TargetFinding {
  const { rule, path, line } = one;
  const fingerprint = fingerprintOf(one, key);
  const base = isNew ? "" : ", which the base has already: it is not of this patch, and should be revoked";
  // The fingerprint last, in one form: agents are not told it, because a masked value could be guessed by it.
  const why = `looks like a secret (rule ${rule})${base} [fingerprint ${fingerprint}]`;
  const { fix: standing } = reasons.secret_suspected;
  const fix = path === PATCH ? standing : `${standing} ${exceptionFix(rule, path)}`;
  return { rule, refusal: refusal("secret_suspected", why, `${path}:${line}`, fix), fingerprint };
}

const PURPOSE = "countersign secret fingerprint v1";

/** Without the key nobody can try out words against it; the same secret in the same file has the same one for good. */
function fingerprintOf({ rule, path, text }: Suspect, key: Uint8Array): string {
  const message = canonical([PURPOSE, rule, path, text]);
  return createHmac("sha256", key).update(message).digest("hex").slice(0, 16);
}
