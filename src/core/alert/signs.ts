// From what was seen to what is wrong: each alert is one rule over facts. Nothing here knows a clock, a file or a process.
import type { SealTrouble } from "../audit/heads.ts";
import type { Config } from "../config/schema.ts";
import { type AlertFacts, type AlertName, alertNames } from "./alert.ts";

/** What was seen. Undefined: it could not be looked at, and of an alert about it nothing is known. */
export interface Seen {
  /** Since the validator's last sign of life. */
  readonly silentSeconds?: number | undefined;
  readonly lag?: { readonly entries: number; readonly seconds: number } | undefined;
  readonly trouble?: SealTrouble | null | undefined;
  /** In the window. */
  readonly calls?: { readonly total: number; readonly refused: number } | undefined;
  /** The caller who is furthest, and how many are over the level. */
  readonly budget?: { readonly percent: number; readonly kind: string; readonly callers: number } | undefined;
  /** Of the key that ends first among those in use. */
  readonly key?: { readonly role: string; readonly keyid: string; readonly daysLeft: number } | undefined;
  /** `null`: there is a list to be, and none that can be believed. */
  readonly listSeconds?: number | null | undefined;
  readonly halted?: boolean | undefined;
  readonly incidents?: number | undefined;
}

export type Limits = Pick<Config, "alerts" | "keys">;

export interface Sign {
  readonly state: "on" | "off" | "unknown";
  readonly facts: AlertFacts;
}

/** Fewer calls than this say nothing about a share. */
const FEWEST_CALLS = 20;
/** What was raised at a limit is cleared well below it: something that swings about its limit is told once. */
const CLEARED_BELOW = 0.8;

type Rule = (seen: Seen, limits: Limits, active: boolean) => Sign;

const OFF: Sign = { state: "off", facts: {} };
const UNKNOWN: Sign = { state: "unknown", facts: {} };

const sign = (on: boolean, facts: AlertFacts): Sign => ({ state: on ? "on" : "off", facts });

/** Over `limit`; once it was, until it is well below. A limit of 0 is none. */
function over(value: number, limit: number, active: boolean): boolean {
  if (limit === 0) return false;
  return active ? value >= limit * CLEARED_BELOW : value >= limit;
}

const rules: Readonly<Record<AlertName, Rule>> = {
  validator_silent({ silentSeconds: silent }, { alerts: { validator_silent_seconds: limit } }, active) {
    if (silent === undefined) return UNKNOWN;
    return sign(over(silent, limit, active), { seconds: Math.floor(silent), limit });
  },
  seal_lag({ lag }, { alerts: { seal_lag_seconds: limit } }, active) {
    if (lag === undefined) return UNKNOWN;
    const { entries, seconds } = lag;
    return sign(over(seconds, limit, active), { seconds: Math.floor(seconds), entries, limit });
  },
  seal_trouble({ trouble }) {
    if (trouble === undefined) return UNKNOWN;
    return trouble === null ? OFF : sign(true, { trouble });
  },
  refusal_rate({ calls }, { alerts: { refusal_percent: limit, window_seconds: window } }, active) {
    if (calls === undefined) return UNKNOWN;
    const { total, refused } = calls;
    const percent = total === 0 ? 0 : Math.floor((refused * 100) / total);
    const facts = { percent, calls: total, refused, window_seconds: window, limit };
    return sign(total >= FEWEST_CALLS && over(percent, limit, active), facts);
  },
  budget({ budget }, { alerts: { budget_percent: limit } }, active) {
    if (budget === undefined) return UNKNOWN;
    const { percent, kind, callers } = budget;
    return sign(over(percent, limit, active), { percent: Math.floor(percent), kind, callers, limit });
  },
  key_expiry({ key }, { keys: { warn_days: limit } }) {
    if (key === undefined) return UNKNOWN;
    const { role, keyid, daysLeft } = key;
    return sign(daysLeft < limit, { role, keyid, days_left: daysLeft, limit });
  },
  allowlist_age({ listSeconds: age }, { alerts: { allowlist_age_seconds: limit } }, active) {
    if (age === undefined) return UNKNOWN;
    if (age === null) return sign(limit > 0, { seconds: null, limit });
    return sign(over(age, limit, active), { seconds: Math.floor(age), limit });
  },
  storage_halted({ halted }) {
    return halted === undefined ? UNKNOWN : sign(halted, {});
  },
  incident_open({ incidents }) {
    if (incidents === undefined) return UNKNOWN;
    return sign(incidents > 0, { incidents });
  },
};

/** Every alert, in the order of their list. `active`: those that are raised, which are cleared later than they were raised. */
export function signsOf(
  seen: Seen,
  limits: Limits,
  active: ReadonlySet<AlertName>,
): ReadonlyMap<AlertName, Sign> {
  return new Map(alertNames.map((name) => [name, rules[name](seen, limits, active.has(name))]));
}

export interface Turn {
  readonly alert: AlertName;
  readonly state: "raised" | "cleared";
  readonly facts: AlertFacts;
}

/** The alerts that turn. What is unknown stays as it is: a fault of looking neither raises nor clears. */
export function turnsOf(
  signs: ReadonlyMap<AlertName, Sign>,
  active: ReadonlySet<AlertName>,
): readonly Turn[] {
  return [...signs].flatMap(([alert, { state, facts }]): Turn[] => {
    if (state === "on" && !active.has(alert)) return [{ alert, state: "raised", facts }];
    if (state === "off" && active.has(alert)) return [{ alert, state: "cleared", facts }];
    return [];
  });
}
