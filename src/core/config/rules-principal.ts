// Rules about [[principals]]: one name and one subject stand for one caller, and nobody takes a name of ours.
import { sha256 } from "../base/digest.ts";
import { foldedName, isReservedName } from "../identity/principal.ts";
import type { RuleFault } from "./fault.ts";
import { readReference } from "./reference.ts";
import type { Config } from "./schema.ts";
import type { PrincipalEntry } from "./schema-doors.ts";

export function principalFaults({ principals }: Config): readonly RuleFault[] {
  return [
    ...principals.flatMap((entry, at) => entryFaults(entry, `principals.${at}`)),
    ...twice(
      principals.map(({ name }, at) => ({ key: `principals.${at}.name`, id: foldedName(name), owner: at })),
      "is the name of two principals (letter case does not tell them apart)",
      "Give each principal a name of its own.",
    ),
    ...twice(
      principals.flatMap(subjects),
      "stands for two principals",
      "Each subject and each token belongs to exactly one principal.",
    ),
  ];
}

function entryFaults({ name, expires }: PrincipalEntry, key: string): readonly RuleFault[] {
  const faults: (RuleFault | false)[] = [
    isReservedName(name) && {
      key: `${key}.name`,
      message: `"${name}" is a name of this program's own entries in the audit log`,
      fix: "Take another name.",
    },
    // A date that does not exist compares as neither earlier nor later, and would never expire.
    expires !== undefined &&
      !isRealInstant(expires) && {
        key: `${key}.expires`,
        message: "is not a real instant",
        fix: "Write one such as 2027-01-01T00:00:00Z.",
      },
  ];
  return faults.filter((fault) => fault !== false);
}

function isRealInstant(text: string): boolean {
  const millis = Date.parse(text);
  return !Number.isNaN(millis) && new Date(millis).toISOString().slice(0, 19) === text.slice(0, 19);
}

interface Claim {
  readonly key: string;
  readonly id: string;
  readonly owner: number;
}

/** What stands for a principal. A literal token is the subject of its digest; a reference is itself. */
function subjects({ subjects: named, tokens }: PrincipalEntry, at: number): readonly Claim[] {
  const claims = named.map((id, index) => ({ key: `principals.${at}.subjects.${index}`, id, owner: at }));
  const secrets = tokens.map((ref, index) => ({
    key: `principals.${at}.tokens.${index}`,
    id: readReference(ref).kind === "literal" ? `token:${sha256(ref)}` : ref,
    owner: at,
  }));
  return [...claims, ...secrets];
}

/** Every claim that somebody made before, also by the same principal: two spellings of one right hide its removal. */
function twice(claims: readonly Claim[], message: string, fix: string): readonly RuleFault[] {
  const seen = new Set<string>();
  return claims.flatMap(({ key, id, owner }): RuleFault[] => {
    const before = seen.has(id);
    seen.add(id);
    if (!before) return [];
    const once = claims.filter((claim) => claim.id === id).every((claim) => claim.owner === owner);
    return [{ key, message: once ? "is written twice" : message, fix }];
  });
}
