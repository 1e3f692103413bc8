// auth.mode = "local_only": who reaches the loopback address or the Unix socket is let in as what the operator mapped it to.
import type { Authenticator, Presented } from "./authenticate.ts";
import { answered, deny, noChallenge } from "./answers.ts";
import type { Directory } from "./principals.ts";

/**
 * Proofs are neither asked for nor looked at: an Authorization header changes nothing. A request that our own proxy hands
 * on comes from this machine only as a connection; whoever sent it sits elsewhere, and is nobody here.
 */
export function localOnly(directory: Directory): Authenticator {
  return {
    authenticate: ({ channel, proxied }: Presented) =>
      Promise.resolve(
        channel === "network" || proxied
          ? deny("principal_unmapped", "only callers on this machine are let in", noChallenge)
          : answered(directory.byPlace(channel === "unix" ? "local:unix" : "local:loopback"), noChallenge),
      ),
  };
}
