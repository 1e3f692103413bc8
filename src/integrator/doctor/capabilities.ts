// What each process can do here and now, and whether that is as intended: the operating system's rights, then the walls.
import { fail, type Finding, ok, warn } from "./finding.ts";

export const wings = ["gateway", "validator", "integrator"] as const;
export type Wing = (typeof wings)[number];

export const powers = [
  "read the private key",
  "write the repository",
  "read the store",
  "write orders",
  "write verdicts",
  "write landings",
  "listen",
  "start programs",
] as const;
export type Power = (typeof powers)[number];

/** `may`: allowed and not needed. `with HTTP`: yes when the HTTP door is open, else no. */
export type Intent = "yes" | "no" | "may" | "with HTTP";

/** The table of docs/operations.md, which a test compares with this one. */
export const intended: Readonly<Record<Power, Readonly<Record<Wing, Intent>>>> = {
  "read the private key": { gateway: "no", validator: "yes", integrator: "no" },
  "write the repository": { gateway: "no", validator: "no", integrator: "yes" },
  "read the store": { gateway: "yes", validator: "no", integrator: "may" },
  "write orders": { gateway: "yes", validator: "no", integrator: "no" },
  "write verdicts": { gateway: "no", validator: "yes", integrator: "no" },
  "write landings": { gateway: "no", validator: "no", integrator: "yes" },
  listen: { gateway: "with HTTP", validator: "no", integrator: "no" },
  "start programs": { gateway: "no", validator: "yes", integrator: "yes" },
};

export interface User {
  readonly uid: number;
  /** Undefined for a number without an account on this machine (a container's user): then nobody here knows them. */
  readonly gids: readonly number[] | undefined;
}

interface Rights {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** A file or folder and the folders above it, from `/` on, as far as they can be seen. */
export interface Spot {
  readonly way: readonly Rights[];
  /** The last of `way` is the thing itself. */
  readonly complete: boolean;
}

export interface RightsFacts {
  /** Who runs each process: the owner of its folder. Undefined when that cannot be seen. */
  readonly users: Readonly<Record<Wing, User | undefined>>;
  readonly key: Spot;
  readonly repository: Spot;
  readonly store: Spot;
  readonly orders: Spot;
  readonly verdicts: Spot;
  readonly landings: Spot;
  readonly http: boolean;
}

export interface Capability {
  readonly process: Wing;
  readonly power: Power;
  readonly can: "yes" | "no" | "unknown";
  /** What holds a no: the users' rights, Node's permission model, or only that the program does not do it. */
  readonly by: "users" | "permission model" | "program" | "";
  readonly intended: "yes" | "no" | "may";
  readonly fits: boolean;
}

export function capabilities(facts: RightsFacts): readonly Capability[] {
  return wings.flatMap((process) =>
    powers.map((power): Capability => {
      const { can, by } = ability(facts, process, power);
      const wanted = intended[power][process];
      const intent = wanted === "with HTTP" ? (facts.http ? "yes" : "no") : wanted;
      return {
        process,
        power,
        can,
        by,
        intended: intent,
        fits: can === "unknown" || intent === "may" || can === intent,
      };
    }),
  );
}

type Ability = Pick<Capability, "can" | "by">;

const PLACES = {
  "read the private key": ["key", 4],
  "write the repository": ["repository", 2],
  "read the store": ["store", 4],
  "write orders": ["orders", 2],
  "write verdicts": ["verdicts", 2],
  "write landings": ["landings", 2],
} as const satisfies Partial<Record<Power, readonly [string, number]>>;

/** What the flags of io/file/isolation.ts leave the gateway. */
const GATEWAY_FILES: ReadonlySet<Power> = new Set(["read the store", "write orders"]);

function ability(facts: RightsFacts, process: Wing, power: Power): Ability {
  // No right of a file decides these two; for the gateway's programs Node does, for listening nothing but the code.
  if (power === "listen")
    return process === "gateway" && facts.http ? { can: "yes", by: "" } : { can: "no", by: "program" };
  if (power === "start programs")
    return process === "gateway" ? { can: "no", by: "permission model" } : { can: "yes", by: "" };
  const [place, bit] = PLACES[power];
  const user = facts.users[process];
  const can = user === undefined ? "unknown" : allowed(user, facts[place], bit);
  if (can === "no") return { can, by: "users" };
  if (process === "gateway" && !GATEWAY_FILES.has(power)) return { can: "no", by: "permission model" };
  return { can, by: "" };
}

/** Permission bits as the kernel reads them (path_resolution(7)); access control lists are not looked at. */
function allowed(user: User, { way, complete }: Spot, bit: number): Ability["can"] {
  const above = complete ? way.slice(0, -1) : way;
  const passes = above.map((folder) => has(user, folder, 1));
  if (passes.includes("no")) return "no";
  const thing = complete ? way.at(-1) : undefined;
  if (thing === undefined) return "unknown";
  const end = has(user, thing, bit);
  return end === "yes" && passes.includes("unknown") ? "unknown" : end;
}

/** The first class that fits decides, even when a later one would allow more. */
function has({ uid, gids }: User, { mode, uid: owner, gid }: Rights, bit: number): Ability["can"] {
  const by = (shift: number): "yes" | "no" => (((mode >> shift) & bit) === bit ? "yes" : "no");
  if (uid === 0) return "yes";
  if (uid === owner) return by(6);
  if (gids === undefined) return by(3) === by(0) ? by(0) : "unknown";
  return by(gids.includes(gid) ? 3 : 0);
}

/** A lack stops work; a surplus is what one user for everything means, and a preset may accept that. */
export function capabilityFinding(
  rows: readonly Capability[],
  sharedUser: "warn" | "refuse" | undefined,
): Finding {
  const id = "capabilities";
  const lacks = rows.filter(({ fits, can }) => !fits && can === "no");
  if (lacks.length > 0)
    return fail(
      id,
      `cannot do what it must: ${named(lacks)}`,
      "Correct owners and modes; docs/operations.md has the table.",
    );
  const surplus = rows.filter(({ fits }) => !fits);
  if (surplus.length === 0) return ok(id, "each process can do what it must, and no more");
  const message = `not separate: ${named(surplus)}`;
  const fix = "Give gateway, validator and person users of their own; docs/operations.md shows how.";
  return sharedUser === "refuse" ? fail(id, message, fix) : warn(id, message, fix);
}

function named(rows: readonly Capability[]): string {
  return wings
    .flatMap((wing) => {
      const own = rows.filter(({ process }) => process === wing).map(({ power }) => power);
      return own.length === 0 ? [] : [`${wing}: ${own.join(", ")}`];
    })
    .join("; ");
}
