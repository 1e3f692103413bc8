// What a question asks beyond its form: a variable, host or folder that the configuration opens, an instant that exists.
import { isGlob } from "../base/glob.ts";
import type { RuleFault } from "../config/fault.ts";
import type { Config } from "../config/schema.ts";
import type { ConditionEntry } from "../config/schema-gates.ts";
import { QueryError } from "../jsonpath/cursor.ts";
import { parseQuery } from "../jsonpath/parse.ts";
import type { Find } from "./compile-find.ts";
import { momentOf } from "./instants.ts";
import type { ProviderName } from "./providers.ts";

type Evidence = Config["evidence"];
type Query = ConditionEntry["query"];
type Ask = (query: Query, evidence: Evidence, at: Find) => readonly RuleFault[];

/** A question that this configuration can never answer is refused now: the gate would hold for ever, or open for a `not`. */
export function queryFaults(
  { provider, query }: ConditionEntry,
  evidence: Evidence,
  at: Find,
): readonly RuleFault[] {
  if (!evidence.providers.includes(provider)) {
    const fix = `Write in [evidence]: providers = [… , "${provider}"], or ask another.`;
    const said = at("provider", `asks ${provider}, which evidence.providers does not list`, fix);
    // A condition of the preset is not written in the file; what took its provider away is.
    return [{ ...said, because: "evidence.providers" }];
  }
  return asks[provider](query, evidence, at);
}

const asks: Readonly<Record<ProviderName, Ask>> = {
  time: ({ instant }, _evidence, at) =>
    typeof instant === "string" && momentOf(instant) === undefined
      ? [at("query.instant", "is no instant of RFC 3339", "Write one such as 2027-01-01T00:00:00Z.")]
      : [],
  env: ({ key }, evidence, at) =>
    typeof key === "string" && !evidence.env.allow.includes(key)
      ? [
          at(
            "query.key",
            "names a variable that evidence.env.allow does not",
            `Write in [evidence.env]: allow = ["${key}"]`,
          ),
        ]
      : [],
  json: ({ file, jsonpath }, evidence, at) => [
    ...fileFaults(file, evidence, at),
    ...jsonpathFaults(jsonpath, at),
  ],
  http: ({ url, jsonpath }, evidence, at) => [
    ...urlFaults(url, evidence, at),
    ...jsonpathFaults(jsonpath, at),
  ],
  git: ({ globs }, _evidence, at) =>
    Array.isArray(globs)
      ? globs.flatMap((glob, index) =>
          typeof glob === "string" && !isGlob(glob)
            ? [
                at(
                  `query.globs.${index}`,
                  "is not a glob (use *, **, ?, {a,b})",
                  "Correct it: it would match nothing.",
                ),
              ]
            : [],
        )
      : [],
  checks: ({ name }, _evidence, at) =>
    typeof name === "string" && !/^[a-z][a-z0-9-]{1,40}$/.test(name)
      ? [at("query.name", "is no name of a check", "Checks are called structure, limits, paths and so on.")]
      : [],
  caller: ({ check, name }, evidence, at) => claimFaults(check, name, evidence, at),
  signed: ({ name }, evidence, at) => signedFaults(name, evidence, at),
};

function fileFaults(file: Query[string] | undefined, { json }: Evidence, at: Find): readonly RuleFault[] {
  const faults: RuleFault[] = [];
  if (json.root === "")
    faults.push(
      at(
        "provider",
        "asks json, but evidence.json.root is empty: no file may be read",
        'Write in [evidence.json]: root = "/folder"',
      ),
    );
  if (typeof file !== "string") return faults;
  const names = file.split("/");
  if (
    file.startsWith("/") ||
    names.some((name) => name === "" || name === "." || name === "..") ||
    /\p{Cc}/u.test(file)
  )
    faults.push(
      at(
        "query.file",
        "is no plain path below evidence.json.root",
        "Write names separated by /, without . and .. .",
      ),
    );
  if (/\.ya?ml$/i.test(file) && !json.allow_yaml)
    faults.push(at("query.file", "is YAML, and evidence.json.allow_yaml is off", "Supply the file as JSON."));
  return faults;
}

function jsonpathFaults(path: Query[string] | undefined, at: Find): readonly RuleFault[] {
  if (typeof path !== "string") return [];
  try {
    parseQuery(path);
    return [];
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    const fix = 'Write one such as "$.summary.failed".';
    return [at("query.jsonpath", `is no JSONPath (RFC 9535): ${error.message}`, fix)];
  }
}

function urlFaults(url: Query[string] | undefined, { http }: Evidence, at: Find): readonly RuleFault[] {
  if (typeof url !== "string") return [];
  const read = URL.parse(url);
  const say = (message: string, fix: string): readonly RuleFault[] => [at("query.url", message, fix)];
  if (read === null) return say("is no URL", "Write https://host/path.");
  if (read.protocol !== "https:") return say("is not https", "Write https://host/path.");
  if (read.username !== "" || read.password !== "" || read.hash !== "")
    return say("holds credentials or a fragment", "Write https://host/path.");
  return http.allowed_hosts.includes(read.hostname)
    ? []
    : say(
        `asks the host ${read.hostname}, which evidence.http.allowed_hosts does not name`,
        `Write in [evidence.http]: allowed_hosts = ["${read.hostname}"]`,
      );
}

/** As proposals may name their claims (proposal/order.ts), and signed statements what they are about. */
const NAME = /^[a-z][a-z0-9_.-]{0,63}$/;
const NAME_FIX = "Write lower-case letters, digits, _ . or -, a letter first, at most 64.";

function claimFaults(
  check: unknown,
  name: unknown,
  { accept_claims: accepted }: Evidence,
  at: Find,
): readonly RuleFault[] {
  if (check !== "claim") return [];
  if (!accepted)
    return [
      at(
        "query",
        "asks for a claim, but evidence.accept_claims is off: there is none",
        "Ask provider signed for the same fact, signed by a pinned key.",
      ),
    ];
  return typeof name === "string" && !NAME.test(name)
    ? [at("query.name", "is no name of a claim", NAME_FIX)]
    : [];
}

function signedFaults(name: unknown, { keys }: Evidence, at: Find): readonly RuleFault[] {
  if (typeof name !== "string") return [];
  if (!NAME.test(name)) return [at("query.name", "is no name of a statement", NAME_FIX)];
  if (keys.some(({ checks }) => checks.includes("*") || checks.includes(name))) return [];
  const { key: because } = at("query", "", "");
  return [
    {
      key: "evidence.keys",
      because,
      message: `holds no key that may speak about ${name}, so ${because.split(".").slice(0, 2).join(".")} could never hold`,
      fix: `Write: [[evidence.keys]] with name = "ci", key = "<base64 line of ci's public key>", checks = ["${name}"]`,
    },
  ];
}
