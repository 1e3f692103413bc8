// Names of servers as a configuration may write them: what is taken here is what a start takes, and what browsers send.
import { z } from "zod";

/** Scheme, host and port as the Origin header carries them (RFC 6454 §6.2): lower case, no default port, nothing else. */
export const originSchema = z
  .string()
  .max(300)
  .regex(/^https?:\/\/[^/*\s]+$/, {
    error: "must be an origin such as https://host; * is none",
    abort: true,
  })
  .refine((text) => URL.canParse(text) && new URL(text).origin === text, {
    error: "must be an origin as browsers send it: lower case, a real port and not the default one",
  });

/** A name with a port or without, as a Host header carries it. */
export const hostSchema = z
  .string()
  .regex(/^[A-Za-z0-9.-]{1,253}(?::\d{1,5})?$/, {
    error: "must be a host name, with a port or without",
    abort: true,
  })
  .refine((text) => URL.canParse(`http://${text}`), { error: "must be a host name with a real port" });

/**
 * An https URL that can be printed whole: no user, and no query, which may hold a secret. An issuer has neither
 * (RFC 8414 §2).
 */
export const plainUrlSchema = z
  .string()
  .max(300)
  .regex(/^https:\/\/\S+$/, { error: "must be an https URL", abort: true })
  .refine(isPlain, { error: "must be an https URL without user, query and fragment" });

function isPlain(text: string): boolean {
  if (!URL.canParse(text) || /[?#]/.test(text)) return false;
  const { username, password } = new URL(text);
  return username === "" && password === "";
}
