// Whether a verdict tells of a secret: gateway and integrator show nothing of an order that was rejected for one.
import type { Verdict } from "./statement.ts";

export function tellsOfSecret({ predicate: { checks } }: Verdict): boolean {
  return checks.some(({ findings }) => findings.some(({ refusal }) => refusal.code === "secret_suspected"));
}
