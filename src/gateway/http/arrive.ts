// The first steps of a request: what can be judged by its address, its headers and its path, before anybody is believed.
import { refusal } from "../../core/base/refusal.ts";
import { preflight } from "./cors.ts";
import type { Reply } from "./exchange.ts";
import { headFault, hostFault, originFault, siteFault, valuesOf } from "./guard.ts";
import { HEALTH_PATHS } from "./health.ts";
import type { Declined } from "./parts.ts";
import { whoCalls } from "./peer.ts";
import { findRoute, type Served } from "./routes.ts";
import type { OpenedDoor, Visit } from "./visit.ts";

/** Before anything is known of the caller but its address and its headers. */
export function arrive(door: OpenedDoor, visit: Visit): Declined | undefined {
  const { socket, rawHeaders } = visit.request;
  const { names, proxies } = door.inForce();
  const values = (name: string): readonly string[] => valuesOf(rawHeaders, name);
  const remote = door.bound.kind === "unix" ? undefined : (socket.remoteAddress ?? "");
  const peer = whoCalls(remote, values("x-forwarded-for"), values("x-countersign-proxy-secret"), proxies);
  if ("refusal" in peer) return peer;
  visit.peer = peer;
  const admission = peer.channel === "unix" ? undefined : door.allowed(peer.address);
  if (admission?.ok === false) return admission;
  // Health checkers of this machine name us as they like; there is nothing behind these paths to rebind for.
  const checker = peer.channel === "loopback" && HEALTH_PATHS.includes(visit.path);
  const stray = checker
    ? undefined
    : (hostFault(values("host"), names) ?? originFault(values("origin"), names));
  const fault =
    stray ?? siteFault(values("sec-fetch-site"), values("origin"), names) ?? headFault(visit.request);
  const [correlation] = values("x-correlation-id");
  if (fault !== undefined || correlation === undefined) return fault;
  // Before anything is written with it: the audit log, the order and the verdict would hold it for good.
  if (door.isSecret(correlation)) return SECRET;
  visit.correlation = correlation;
  return undefined;
}

const SECRET: Declined = {
  status: 422,
  refusal: refusal("secret_suspected", "looks like a secret", "x-correlation-id"),
};

/** To the route, or away: 404, 405, or the answer to a preflight of a page that the operator listed. */
export function direct(door: OpenedDoor, visit: Visit): Served | Declined | Reply {
  const { method = "", rawHeaders } = visit.request;
  const match = findRoute(door.served, method, visit.path);
  if (match === undefined) return { status: 404, refusal: refusal("route_unknown", "there is nothing here") };
  const { served, methods } = match;
  if (served !== undefined) {
    visit.route = served.route.path;
    return served;
  }
  const [origin] = valuesOf(rawHeaders, "origin");
  const asks = valuesOf(rawHeaders, "access-control-request-method").length === 1;
  if (method === "OPTIONS" && asks && origin !== undefined && door.inForce().names.pages.has(origin))
    return preflight(methods);
  const said = refusal("route_unknown", "there is nothing here for this method");
  return { status: 405, refusal: said, headers: { allow: methods.join(", ") } };
}
