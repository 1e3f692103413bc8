// What each preset answers, written down by hand: quickstart, default, hardened, container-prod. Never computed from them.
export const table = {
  "x": ["", "", "", ""],
} as const satisfies Readonly<Record<string, readonly [string, string, string, string]>>;
export type Row = string;
