// The doctor's judgement of the HTTP door: how it stands, under which names, who passes without proof.
import type { Config, PresetName } from "../../core/config/schema.ts";
import { parseAddress } from "../../core/identity/address.ts";
import { httpPlace } from "../snippets.ts";
import { fail, type Finding, octal, ok, warn } from "./finding.ts";
import { type MaterialFacts, materialFindings } from "./material.ts";
import { peopleFindings, type PeopleFacts } from "./people.ts";
import { strictFindings } from "./strict.ts";

export interface DoorFacts extends MaterialFacts, PeopleFacts {
  readonly preset: PresetName;
}

export function doorFindings(facts: DoorFacts): readonly Finding[] {
  const { config } = facts;
  if (!config.server.http.enabled)
    return [
      ok(
        "http-door",
        `HTTP door: closed (server.http.enabled = false); stdio: ${onOff(config.server.stdio)}`,
      ),
      ...bypassFindings(config),
    ];
  return [
    postureFinding(config),
    exposureFinding(config),
    nameFinding(config),
    ...bypassFindings(config),
    ...strictFindings(facts.preset, config),
    ...socketFindings(facts),
    ...materialFindings(facts),
    ...peopleFindings(facts),
  ];
}

function postureFinding({ server, auth, network }: Config): Finding {
  const { http } = server;
  const place = http.unix_socket === "" ? `${http.bind} port ${http.port}` : `socket ${http.unix_socket}`;
  const facts = [
    `HTTP door: ${place}`,
    `TLS: ${http.tls.termination}`,
    `auth: ${auth.mode}`,
    `SSE: ${onOff(http.sse)}`,
    `actions: ${onOff(http.actions)}`,
    `allow-list: ${onOff(network.allowlist_file !== "")}`,
    `stdio: ${onOff(server.stdio)}`,
  ];
  return ok("http-door", facts.join("; "));
}

/** That opt-in, TLS and authentication are set is a rule of the configuration itself: without them there is none. */
function exposureFinding(config: Config): Finding {
  const { bind } = config.server.http;
  return ok(
    "http-exposure",
    isReachable(config)
      ? `other machines reach ${bind}`
      : "only this machine reaches the HTTP door by itself",
  );
}

function isReachable({ server: { http } }: Config): boolean {
  return http.unix_socket === "" && parseAddress(http.bind)?.range() !== "loopback";
}

function nameFinding(config: Config): Finding {
  const { bind, unix_socket: socket, public_url: url, hosts, tls } = config.server.http;
  const id = "http-names";
  const everywhere = socket === "" && parseAddress(bind)?.range() === "unspecified";
  if (everywhere && url === "" && hosts.length === 0)
    return fail(
      id,
      `the door listens on ${bind}, which is no name: every request is refused (host_refused)`,
      "Set server.http.public_url, or list the names in server.http.hosts.",
    );
  if (url.startsWith("https:") && tls.termination === "none")
    return warn(
      id,
      `${url} promises TLS, and the configuration knows nobody who speaks it`,
      'Set server.http.tls.termination to "upstream" when a proxy or tunnel does, or callers of it count as local.',
    );
  if (url.startsWith("http:") && tls.termination !== "none")
    return warn(id, `${url} sends clients past TLS`, "Write it with https.");
  return ok(id, `clients call it ${httpPlace(config)?.origin ?? "localhost"}`);
}

function bypassFindings({ auth, network }: Config): readonly Finding[] {
  const open: readonly (readonly [boolean, string, string])[] = [
    [
      auth.allow_local_only,
      "auth.allow_local_only",
      "every local caller may do everything, without an entry in principals",
    ],
    [
      network.bypass_loopback,
      "network.bypass_loopback",
      "callers on this machine, a proxy among them, pass the allow-list",
    ],
    [network.bypass_private, "network.bypass_private", "every private address passes the allow-list"],
  ];
  return open
    .filter(([on]) => on)
    .map(([, key, means]) =>
      warn(
        `bypass-${key.split(".")[1] ?? ""}`,
        `${key} is on: ${means}`,
        "Fine for one person's desktop. Else set it to false.",
      ),
    );
}

/** Whoever may write a Unix socket may connect to it (unix(7)). */
function socketFindings({ config, material: { socket } }: DoorFacts): readonly Finding[] {
  const id = "http-socket";
  const path = config.server.http.unix_socket;
  if (socket.kind === "unset") return [];
  if (socket.kind === "broken")
    return [fail(id, `${path} ${socket.why}`, "Remove it; the gateway makes the socket itself.")];
  const { mode } = socket.found;
  if (mode === undefined) return [ok(id, `${path} is not there: no gateway listens on it`)];
  if ((mode & 0o002) === 0) return [ok(id, `socket has mode ${octal(mode)}`)];
  const message = `every user of this machine may connect to ${path} (mode ${octal(mode)})`;
  const fix = "Put it into a folder that only the gateway's and the clients' group may enter.";
  return [config.auth.mode === "local_only" ? fail(id, message, fix) : warn(id, message, fix)];
}

function onOff(on: boolean): string {
  return on ? "on" : "off";
}
