// An agent before a gateway that has no validator beside it: what is proposed stays undecided until a test lets one look.
import { bin, initState, person, publishedBase, type Served } from "./agent.ts";
import { rpcClient } from "./rpc.ts";
import { removeScratch } from "./scratch.ts";

/** Publishes once, then serves with the gateway only. `look` on the result runs a validator once; its exit code. */
export async function serveAlone(repo: string, toml = ""): Promise<Served & { look(): number | null }> {
  const state = initState(repo, toml);
  const look = (): number | null => person(state, "validator", "--once").status;
  if (look() !== 0) throw new Error("the validator did not publish");
  const client = await rpcClient({
    command: process.execPath,
    args: [bin, "gateway", "--stdio", "--state", state],
  });
  const base = await publishedBase(client);
  const stop = async (): Promise<void> => {
    await client.close();
    removeScratch(state);
  };
  return { repo, state, client, base, stop, look };
}
