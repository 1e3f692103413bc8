// Which route a request means: exact paths, and those that end with `/*`.
import type { OpenRoute, Route } from "./exchange.ts";

export type Served =
  | { readonly access: "authenticated"; readonly route: Route }
  | { readonly access: "open"; readonly route: OpenRoute };

/** Undefined: nothing at this path. `served` undefined: not for this method. */
export type Match = { readonly served: Served | undefined; readonly methods: readonly string[] } | undefined;

/** An exact path wins over a pattern. Paths are compared as sent: what is percent-encoded is another path. */
export function findRoute(routes: readonly Served[], method: string, path: string): Match {
  const exact = routes.filter(({ route }) => route.path === path);
  const here = exact.length > 0 ? exact : routes.filter(({ route }) => covers(route.path, path));
  if (here.length === 0) return undefined;
  return {
    served: here.find(({ route }) => route.methods.includes(method)),
    methods: [...new Set(here.flatMap(({ route }) => route.methods))],
  };
}

function covers(pattern: string, path: string): boolean {
  return pattern.endsWith("/*") && path.startsWith(pattern.slice(0, -1)) && path.length >= pattern.length;
}
