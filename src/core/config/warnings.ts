// What is allowed in a configuration and still deserves a second look.
import { isLoopback } from "./address.ts";
import { changes } from "./changes.ts";
import { replaced } from "./replaced.ts";
import type { Warning } from "./warning.ts";
import { type ContentFacts, contentWarnings } from "./warnings-content.ts";
import { gateWarnings } from "./warnings-gates.ts";
import type { Config, PresetName } from "./schema.ts";

/**
 * `preset`: the values that the configuration started from; `name`: of the preset; `until`: end of dev.permissive in
 * milliseconds since 1970, where it is on; `facts`: what exceptions are compared with.
 */
export function warningsOf(
  config: Config,
  preset: Config,
  name: PresetName,
  until?: number,
  facts?: ContentFacts,
): readonly Warning[] {
  const weaker = changes(preset, config)
    .filter(({ key, direction }) => direction === "weaker" && key !== "principals")
    .map(({ key, before, after }) => ({
      key,
      message:
        after === undefined
          ? `is gone, and is in the ${name} preset`
          : `${short(after)} is weaker than the ${name} preset's ${short(before)}`,
    }));
  // A tree that only reading can compare is not called weaker, and may well be.
  const others = changes(preset, config)
    .filter(
      ({ key, direction, before }) =>
        key.startsWith("gates.") && direction === "other" && before !== undefined,
    )
    .map(({ key }) => ({ key, message: `the file's own is another than the ${name} preset's` }));
  return [
    ...weaker,
    ...others,
    ...replaced(preset, config).map((id) => ({
      key: `conditions.${id}`,
      message: `the file's own asks another question than the ${name} preset's`,
    })),
    ...reachWarnings(config),
    ...callerWarnings(config),
    ...gateWarnings(config, until),
    ...contentWarnings(config, facts),
  ];
}

function reachWarnings({ server, network, auth }: Config): readonly Warning[] {
  const { http, tools } = server;
  const exposed = http.enabled && http.unix_socket === "" && !isLoopback(http.bind);
  const vouched = http.tls.termination === "upstream" && auth.mode === "mtls" && http.proxy.secret === "";
  const found: readonly (readonly [boolean, string, string])[] = [
    [
      exposed && network.allowlist_file === "",
      "network.allowlist_file",
      "is empty: every address that reaches the bind may try to connect",
    ],
    [http.sse, "server.http.sse", "serves the transport of 2024, which no current client needs"],
    [network.bypass_loopback, "network.bypass_loopback", "lets loopback past the allow-list"],
    [network.bypass_private, "network.bypass_private", "lets private addresses past the allow-list"],
    [
      auth.allow_local_only,
      "auth.allow_local_only",
      "lets every program of this machine's user call without being named in principals",
    ],
    [
      vouched,
      "server.http.proxy.secret",
      "is empty: whoever sends from the proxy's address may name any client subject",
    ],
    [
      tools.allow.every((tool) => tools.deny.includes(tool)),
      "server.tools.allow",
      "leaves no tool: callers can connect and do nothing",
    ],
  ];
  return found.filter(([on]) => on).map(([, key, message]) => ({ key, message }));
}

function callerWarnings({ server, auth, principals }: Config): readonly Warning[] {
  const mapped = (subject: string): boolean => principals.some(({ subjects }) => subjects.includes(subject));
  const nobody = server.stdio && !auth.allow_local_only && !mapped("local:stdio");
  const idle = principals.flatMap(({ name, subjects }, at): Warning[] =>
    auth.oidc.issuer === "" && subjects.some((subject) => subject.startsWith("oidc:"))
      ? [
          {
            key: `principals.${at}.subjects`,
            message: `${name} has an oidc: subject, but there is no issuer`,
          },
        ]
      : [],
  );
  return [
    ...(nobody
      ? [
          {
            key: "principals",
            message:
              'has no entry with the subject "local:stdio": a client on stdio is refused (principal_unmapped)',
          },
        ]
      : []),
    ...idle,
  ];
}

const LONGEST = 60;

function short(value: unknown): string {
  const text = JSON.stringify(value);
  if (text.length <= LONGEST) return text;
  return Array.isArray(value) ? `a list of ${value.length}` : `${text.slice(0, LONGEST)}…`;
}
