// Rules about dispatch, feedback, namespace and dev.permissive: what each table promises must be something that it does.
import { rank } from "../gate/feedback.ts";
import { isLoopback, isLoopbackHost } from "./address.ts";
import type { RuleFault } from "./fault.ts";
import type { Config, PresetName } from "./schema.ts";
import type { DispatchRule } from "./schema-gates.ts";

export function policyFaults(config: Config, preset: PresetName): readonly RuleFault[] {
  return [
    ...config.dispatch.rules.flatMap((rule, at) => dispatchFaults(rule, `dispatch.rules.${at}`)),
    ...feedbackFaults(config),
    ...namespaceFaults(config),
    ...permissiveFaults(config, preset),
  ];
}

function dispatchFaults(rule: DispatchRule, key: string): readonly RuleFault[] {
  const { effect, message, principals, change_types: types, risk_levels: levels, paths } = rule;
  const faults: (RuleFault | false)[] = [
    [principals, types, levels, paths].every((criterion) => criterion === undefined) && {
      key,
      message: "has no criterion: it would decide for every proposal",
      fix: "Say principals, change_types, risk_levels or paths, or use dispatch.default.",
    },
    effect === "error" &&
      message === undefined && {
        key: `${key}.message`,
        message: 'is missing, which effect = "error" needs',
        fix: 'Write message = "…": what the proposer is told.',
      },
    effect === "permit" &&
      message !== undefined && {
        key: `${key}.message`,
        message: "is given with effect permit: nobody would read it",
        fix: "Take this line out.",
      },
  ];
  return faults.filter((fault) => fault !== false);
}

function feedbackFaults({ feedback }: Config): readonly RuleFault[] {
  const given = [
    ["default", feedback.default, true],
    ["local", feedback.local, true],
    ["trace", "trace", feedback.trace.length > 0],
    ["evidence", "evidence", feedback.evidence.length > 0],
  ] as const;
  return given
    .filter(([, level, on]) => on && rank(level) > rank(feedback.max))
    .map(([name, level]) => ({
      key: `feedback.${name}`,
      because: "feedback.max",
      message: `grants ${level}, and feedback.max is ${feedback.max}`,
      fix: `Set feedback.max = "${level}", or grant less.`,
    }));
}

function namespaceFaults({ namespace }: Config): readonly RuleFault[] {
  if (namespace.allow_default || namespace.name !== "default") return [];
  return [
    {
      key: "namespace.name",
      because: "namespace.allow_default",
      message: 'is "default", which is nobody\'s: verdicts and evidence of other projects would count here',
      fix: 'Write in [namespace]: name = "<your project>"',
    },
  ];
}

/** What only agents claim would count. That is for one person who tries a policy out, where nobody else can reach it. */
function permissiveFaults(config: Config, preset: PresetName): readonly RuleFault[] {
  const { dev, namespace } = config;
  if (!dev.permissive) return [];
  // One reason is enough: no other change would let it stand.
  if (preset !== "quickstart") return [permissiveFault("preset", "only the quickstart preset may")];
  const why: (readonly [string, string] | false)[] = [
    ...exposures(config.server.http).map(({ because, what }) => [because, what] as const),
    ...publicNames(config),
    namespace.authority_url !== "" && [
      "namespace.authority_url",
      "somebody answers for this namespace, who was not told",
    ],
  ];
  return why.filter((one) => one !== false).map(([because, what]) => permissiveFault(because, what));
}

function permissiveFault(because: string, what: string): RuleFault {
  return {
    key: "dev.permissive",
    because,
    message: `is true: asserted evidence would be enough, and ${what}`,
    fix: `Set permissive = false in [dev]${because === "preset" ? "" : `, or change ${because}`}.`,
  };
}

function exposures({
  bind,
  allow_non_loopback: allowed,
  tls,
  proxy,
}: Config["server"]["http"]): readonly { readonly because: string; readonly what: string }[] {
  const found: readonly (readonly [boolean, string, string])[] = [
    [!isLoopback(bind), "server.http.bind", `the bind ${bind} is reached by other machines`],
    [allowed, "server.http.allow_non_loopback", "other machines may be let in"],
    [
      tls.termination === "upstream" || proxy.addresses.length > 0,
      "server.http.tls.termination",
      "a proxy hands callers on",
    ],
  ];
  return found.filter(([on]) => on).map(([, because, what]) => ({ because, what }));
}

/** Whoever names an address for others, or an issuer of theirs, is not alone: a tunnel needs no bind beyond loopback. */
function publicNames({ server, auth }: Config): readonly (readonly [because: string, what: string])[] {
  const { public_url: url, hosts, origins } = server.http;
  const named: readonly (readonly [key: string, urls: readonly string[]])[] = [
    ["server.http.public_url", url === "" ? [] : [url]],
    ["server.http.hosts", hosts.map((host) => `http://${host}`)],
    ["server.http.origins", origins],
  ];
  const beyond = named.flatMap(([key, urls]) => {
    const far = urls.map((text) => new URL(text)).find(({ hostname }) => !isLoopbackHost(hostname));
    return far === undefined ? [] : [[key, `${far.host} is a name for other machines`] as const];
  });
  const issuer = ["auth.oidc.issuer", "somebody else says who calls"] as const;
  return auth.oidc.issuer === "" ? beyond : [...beyond, issuer];
}
