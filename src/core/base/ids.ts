// Identifiers: patch ids are minted by us, git object ids come from git; neither is ever made from agent text.
import { z } from "zod";

/**
 * Random UUID (version 4, RFC 9562). Version 7 would put the clock in the first eight characters, which name the
 * landing branch: two proposals of one minute would collide.
 */
export const patchIdSchema = z
  .string()
  .regex(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    "must be a patch id (UUID version 4)",
  )
  .brand<"PatchId">();
export type PatchId = z.infer<typeof patchIdSchema>;

/** Git object id: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal characters. */
export const gitOidSchema = z
  .string()
  .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, "must be a git object id")
  .brand<"GitOid">();
export type GitOid = z.infer<typeof gitOidSchema>;

/** Full branch name that is served and proposed against; checked by git when it is resolved. */
export const refNameSchema = z
  .string()
  .max(255)
  .regex(
    /^refs\/heads\/(?![-/.])(?!.*(?:\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|[/.]$))[^\x00-\x20~^:?*[\\\x7f]+$/s,
    "must be refs/heads/…",
  )
  .brand<"RefName">();
export type RefName = z.infer<typeof refNameSchema>;

/** An id that a client gives its request: token characters of RFC 9110, so that it can stand in any log. */
export const correlationSchema = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/, "must be 1 to 128 token characters");

/** Branch on which a patch lands. */
export function landingBranch(id: PatchId): string {
  return `refs/heads/countersign/patch-${id.slice(0, 8)}`;
}

/** Ref that holds envelope and order of a landed patch, and by existing makes its verdict single-use. */
export function landedRef(id: PatchId): string {
  return `refs/countersign/landed/${id}`;
}
