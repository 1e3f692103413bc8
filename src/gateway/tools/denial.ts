// What a refused call is answered with, the same on every door: the refusal, and what may be told of a gate that holds.
import { z } from "zod";
import { gateView } from "../gates/view.ts";
import type { Denial } from "./call.ts";
import { refusalView } from "./pieces.ts";

export const denialAnswer = z.strictObject({ refusal: refusalView, gate: gateView.optional() });

export function denialBody({ refusal, gate }: Pick<Denial, "refusal" | "gate">): Record<string, unknown> {
  return gate === undefined ? { refusal } : { refusal, gate };
}
