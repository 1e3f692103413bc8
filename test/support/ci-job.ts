// A CI job in tests: a key that openssl made, and envelopes that the real `countersign evidence sign` makes with it.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bin, type Content } from "./agent.ts";
import { keyId } from "../../src/core/attestation/key.ts";
import { removeScratch, scratch } from "./scratch.ts";

/** What one envelope says; that the tests of `patch` passed, in DSSE form and for an hour, unless it is said otherwise. */
export interface Said {
  /** SHA-256. */
  readonly patch: string;
  /** The tree that it makes on the base that CI tested; the presets but quickstart ask for it. */
  readonly tree?: string | undefined;
  readonly check?: string;
  /** JSON. */
  readonly value?: string;
  readonly params?: readonly string[];
  readonly form?: "dsse" | "result";
  readonly ttl?: number;
  /** Of another repository or namespace than the state folder's. */
  readonly resource?: Partial<Resource>;
}

export interface Resource {
  readonly name: string;
  readonly namespace: string;
}

export interface CiJob {
  /** Where its key lies, and nothing else. */
  readonly folder: string;
  readonly keyid: string;
  readonly privateFile: string;
  readonly publicFile: string;
  /** An entry of [[evidence.keys]]. */
  pin(checks?: readonly string[]): string;
  /** The text of an envelope for the repository that `state` serves. */
  sign(state: string, said: Said): string;
  remove(): void;
}

/** The check that most conditions of these tests ask about. */
export const TESTS = "tests_passed";

export function openCiJob(name = "ci"): CiJob {
  const folder = scratch(`job-${name}`);
  const privateFile = join(folder, "ci.key.pem");
  const publicFile = join(folder, "ci.pub.pem");
  execFileSync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", privateFile], { stdio: "ignore" });
  chmodSync(privateFile, 0o600);
  execFileSync("openssl", ["pkey", "-in", privateFile, "-pubout", "-out", publicFile], { stdio: "ignore" });
  const der = readFileSync(publicFile, "utf8").split("\n").slice(1, -2).join("");
  return {
    folder,
    keyid: keyId(Buffer.from(der, "base64").subarray(-32)),
    privateFile,
    publicFile,
    pin: (checks = [TESTS]) =>
      `[[evidence.keys]]\nname = "${name}"\nkey = "${der}"\nchecks = ${JSON.stringify(checks)}\n`,
    sign: (
      state,
      { patch, tree, check = TESTS, value = "true", params = [], form = "dsse", ttl = 3600, ...more },
    ) => {
      const { name: repository, namespace } = { ...resourceOf(state), ...more.resource };
      // prettier-ignore
      const args = [bin, "evidence", "sign", "--key", privateFile, "--check", check, "--value", value, "--patch", patch,
        "--resource-name", repository, "--namespace", namespace, "--ttl", String(ttl), "--form", form,
        ...params.flatMap((param) => ["--param", param]), ...(tree === undefined ? [] : ["--tree", tree])];
      return execFileSync(process.execPath, args, { encoding: "utf8" });
    },
    remove: () => removeScratch(folder),
  };
}

/** The tree of HEAD with another line in a file: made as in a clone of CI's own, so that nothing of it is in `repo`. */
export function treeWith(repo: string, path: string, from: string, to: string): string {
  const folder = scratch("ci-tree");
  const objects = join(folder, "objects");
  mkdirSync(objects);
  const git = (input: string, ...args: readonly string[]): string =>
    execFileSync("git", ["-C", repo, "-c", `safe.directory=${repo}`, ...args], {
      encoding: "utf8",
      input,
      env: {
        ...process.env,
        GIT_INDEX_FILE: join(folder, "index"),
        GIT_OBJECT_DIRECTORY: objects,
        GIT_ALTERNATE_OBJECT_DIRECTORIES: join(repo, ".git", "objects"),
      },
    });
  try {
    git("", "read-tree", "HEAD");
    const text = git("", "show", `HEAD:${path}`).replace(from, to);
    const blob = git(text, "hash-object", "-w", "--stdin").trim();
    git("", "update-index", "--cacheinfo", `100644,${blob},${path}`);
    return git("", "write-tree").trim();
  } finally {
    removeScratch(folder);
  }
}

/** As `init` wrote them into the configuration. */
export function resourceOf(state: string): Resource {
  const toml = readFileSync(join(state, "countersign.toml"), "utf8");
  const named = (table: string): string =>
    new RegExp(`^\\[${table}\\][^\\n]*\\nname = "([^"]+)"`, "m").exec(toml)?.[1] ?? "default";
  return { name: named("repository"), namespace: named("namespace") };
}

interface VerdictJson {
  readonly subject: readonly { readonly name: string; readonly digest: Readonly<Record<string, string>> }[];
  readonly predicate: {
    readonly outcome: string;
    readonly decision: DecisionJson;
    readonly checks: readonly { readonly id: string; readonly result: string }[];
  };
}

export interface DecisionJson {
  readonly gate: string;
  readonly state: string;
  readonly permissive_until: string | null;
  readonly conditions: readonly Content[];
}

/** The statement in a verdict, as anybody would read it: what vouches for it is asked elsewhere. */
export function verdictIn(state: string, id: string): VerdictJson {
  const { payload } = JSON.parse(readFileSync(verdictFile(state, id), "utf8")) as { payload: string };
  return JSON.parse(Buffer.from(payload, "base64").toString("utf8")) as VerdictJson;
}

export const verdictFile = (state: string, id: string): string =>
  join(state, "exchange", "verdicts", `${id}.dsse.json`);

/** `id state lane reason detail` of every condition; what is null is left out. */
export function traceOf({ conditions }: DecisionJson): readonly string[] {
  return conditions.map(({ id, state, lane, reason, detail }) =>
    [id, state, lane, reason, detail].flatMap((word) => (typeof word === "string" ? [word] : [])).join(" "),
  );
}
