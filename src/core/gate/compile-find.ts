// How the steps of compiling a condition say what is wrong with it.
import type { RuleFault } from "../config/fault.ts";

/** What is wrong at one key of the condition: `expected`, `query.name`. */
export type Find = (leaf: string, message: string, fix: string) => RuleFault;
