// Tokens that stand where a name belongs: what goes into a log shows which token it was, and never the token.

/** Our own tokens, also cut ones; and JWTs, of which nothing is shown. */
const OWN = /cst_([0-9a-f]{16})_[A-Za-z0-9_-]+/g;
const JWT = /eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g;

/**
 * `text` without tokens. A caller that puts its token into a path, a tool's name or a correlation id would otherwise
 * write it into files that are kept for years and shipped to others.
 */
export function masked(text: string): string {
  const own = text.includes("cst_") ? text.replace(OWN, "cst_$1_masked") : text;
  return own.includes("eyJ") ? own.replace(JWT, "jwt_masked") : own;
}
