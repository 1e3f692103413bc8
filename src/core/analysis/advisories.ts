// Known bad versions of packages in manifests and lock files, found without a network: by lines, of bounded length.
import type { Advisory } from "./rules.ts";

export interface Listed {
  readonly ecosystem: Advisory["ecosystem"];
  readonly name: string;
  readonly version: string;
  readonly line: number;
}

export interface Alarm {
  readonly advisory: Advisory;
  readonly line: number;
}

/** Longer lines are no dependencies that a person wrote, and lock files do not have them. */
const MAX_LINE = 2000;

/** What the added lines of a file ask for. A name and its version may stand on two lines; one of them being new is enough. */
export function alarms(
  path: string,
  text: string,
  added: ReadonlySet<number>,
  advisories: readonly Advisory[],
): readonly Alarm[] {
  const read = readerOf(path);
  if (read === undefined) return [];
  const found: Alarm[] = [];
  for (const { ecosystem, name, version, line } of listedIn(text, added, read)) {
    const advisory = advisories.find(
      (one) => one.ecosystem === ecosystem && one.name === name && isMeant(one, version),
    );
    if (advisory !== undefined) found.push({ advisory, line });
  }
  return found;
}

interface Reader {
  readonly ecosystem: Advisory["ecosystem"];
  /** One line that says both. */
  readonly both: readonly RegExp[];
  /** A line that names a package, and one behind it that says its version. */
  readonly name?: RegExp;
  readonly version?: RegExp;
}

const QUOTED = /^\s*"((?:@[\w.-]+\/)?[\w.-]+)"\s*:\s*"(?:npm:[^"@]+@)?[\^~>=<v\s]*(\d[\w.+-]*)"/;
const PINNED = /^\s*["']?([A-Za-z0-9][\w.-]*)(?:\[[\w,\s-]*\])?\s*(?:===?|~=|>=|<=)\s*(\d[\w.+!-]*)/;
const TABLED = /^\s*"?([A-Za-z0-9][\w.-]*)"?\s*=\s*(?:\{[^}]{0,300}?version\s*=\s*)?"[\^~=<>\s]*(\d[\w.+-]*)/;
const NAME = /^\s*name = "([^"]+)"/;
const VERSION = /^\s*version = "([^"]+)"/;
const GO = /^\s*(?:require\s+)?([\w.-]+\.[\w-]+\/[\w./~-]+)\s+v(\d[\w.+-]*)/;
const GRADLE = /["']([\w.-]+:[\w.-]+):(\d[\w.-]*)["'@]/;

const READERS: readonly (readonly [RegExp, Reader])[] = [
  [/^package\.json$/, { ecosystem: "npm", both: [QUOTED] }],
  [
    /^(?:package-lock|npm-shrinkwrap)\.json$/,
    {
      ecosystem: "npm",
      both: [],
      name: /^\s*"(?:[^"]*node_modules\/)?((?:@[\w.-]+\/)?[\w.-]+)": \{/,
      version: /^\s*"version": "([^"]+)"/,
    },
  ],
  [
    /^yarn\.lock$/,
    {
      ecosystem: "npm",
      both: [],
      name: /^"?((?:@[\w.-]+\/)?[\w.-]+)@[^\s]/,
      version: /^\s+version:? "?([\w.+-]+)/,
    },
  ],
  [
    /^pnpm-lock\.yaml$/,
    { ecosystem: "npm", both: [/^\s*['"]?\/?((?:@[\w.-]+\/)?[\w.-]+)[@/](\d[\w.+-]*)['"]?(?:\([^)]*\))?:/] },
  ],
  [/^(?:.*requirements.*|constraints.*)\.(?:txt|in)$/, { ecosystem: "pypi", both: [PINNED] }],
  [/^(?:pyproject\.toml|pipfile|setup\.cfg|setup\.py)$/, { ecosystem: "pypi", both: [PINNED, TABLED] }],
  [/^(?:poetry|uv|pdm)\.lock$/, { ecosystem: "pypi", both: [], name: NAME, version: VERSION }],
  [
    /^pipfile\.lock$/,
    { ecosystem: "pypi", both: [], name: /^\s*"([\w.-]+)": \{/, version: /^\s*"version": "==([^"]+)"/ },
  ],
  [/^go\.(?:mod|sum|work)$/, { ecosystem: "go", both: [GO] }],
  [/^cargo\.toml$/, { ecosystem: "cargo", both: [TABLED] }],
  [/^cargo\.lock$/, { ecosystem: "cargo", both: [], name: NAME, version: VERSION }],
  [/^.*\.gradle(?:\.kts)?$/, { ecosystem: "maven", both: [GRADLE] }],
];

const POM: Reader = { ecosystem: "maven", both: [] };

function readerOf(path: string): Reader | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  if (name === "pom.xml") return POM;
  return READERS.find(([form]) => form.test(name))?.[1];
}

interface Named {
  readonly name: string;
  readonly line: number;
}

/** Takes down what stands on the lines that go by; of names and versions apart, the last name counts. */
class Listing {
  readonly listed: Listed[] = [];
  readonly #reader: Reader;
  readonly #added: ReadonlySet<number>;
  #name: Named | undefined;
  #group: Named | undefined;

  constructor(reader: Reader, added: ReadonlySet<number>) {
    this.#reader = reader;
    this.#added = added;
  }

  read(text: string, line: number): void {
    for (const form of this.#reader.both) {
      const [, name, version] = form.exec(text) ?? [];
      if (name !== undefined && version !== undefined) this.#put(name, version, [line]);
    }
    this.#pair(text, line);
    if (this.#reader === POM) for (const tag of text.matchAll(TAG)) this.#tag(tag[1], tag[2] ?? "", line);
  }

  #pair(text: string, line: number): void {
    const name = this.#reader.name?.exec(text)?.[1];
    if (name !== undefined) this.#name = { name, line };
    const version = this.#reader.version?.exec(text)?.[1];
    if (version === undefined || this.#name === undefined) return;
    this.#put(this.#name.name, version, [line, this.#name.line]);
    this.#name = undefined;
  }

  #tag(tag: string | undefined, name: string, line: number): void {
    if (tag === "groupId") this.#group = { name, line };
    else if (tag === "artifactId") this.#name = { name, line };
    else if (this.#group !== undefined && this.#name !== undefined)
      this.#put(`${this.#group.name}:${this.#name.name}`, name, [line, this.#name.line, this.#group.line]);
  }

  #put(name: string, version: string, at: readonly number[]): void {
    const { ecosystem } = this.#reader;
    const line = at.find((number) => this.#added.has(number));
    if (line !== undefined) this.listed.push({ ecosystem, name: spelt(ecosystem, name), version, line });
  }
}

const TAG = /<(groupId|artifactId|version)>\s{0,20}([^<\s]{1,200})\s{0,20}<\/\1>/g;

function listedIn(text: string, added: ReadonlySet<number>, reader: Reader): readonly Listed[] {
  const listing = new Listing(reader, added);
  for (const [at, line] of text.split("\n").entries())
    if (line.length <= MAX_LINE) listing.read(line, at + 1);
  return listing.listed;
}

/** PyPI takes `-`, `_` and `.` for the same, in any letter case. */
function spelt(ecosystem: Advisory["ecosystem"], name: string): string {
  return ecosystem === "pypi" ? name.toLowerCase().replaceAll(/[-_.]+/g, "-") : name;
}

function isMeant({ versions, mended }: Advisory, version: string): boolean {
  if (mended?.includes(version) === true) return false;
  return versions.some((one) => {
    if (one === "*") return true;
    return one.startsWith("<") ? isBelow(version, one.slice(1)) : one === version;
  });
}

function isBelow(version: string, bound: string): boolean {
  const [own, other] = [numbers(version), numbers(bound)];
  for (let at = 0; at < Math.max(own.length, other.length); at++) {
    const difference = (own[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function numbers(version: string): readonly number[] {
  return (version.split(/[-+!]/, 1)[0] ?? "").split(".").map((part) => Number.parseInt(part, 10) || 0);
}
