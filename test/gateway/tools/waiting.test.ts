import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import { instant } from "../../../src/core/base/time.ts";
import type { State } from "../../../src/core/proposal/state.ts";
import { openNews } from "../../../src/gateway/legs/news.ts";
import type { Call } from "../../../src/gateway/tools/tool.ts";
import { awaitVerdict, type Waiting } from "../../../src/gateway/tools/waiting.ts";
import type { StoredProposal } from "../../../src/io/store/store.ts";
import { order } from "../../support/proposals.ts";
import { scopeOf } from "../../support/scope.ts";

const proposal = (state: State): StoredProposal => ({
  order: order(1),
  state,
  statement: null,
  reasons: [],
  idempotency_key: null,
  updated: instant(0),
});

/** Pauses pass as fast as they are asked for; `states` is what each look at the store finds. */
function lab(...states: State[]) {
  const news = openNews();
  const pauses: number[] = [];
  const said: string[] = [];
  const stop = new AbortController();
  let now = 0;
  let asked = 0;
  /** What is answered to each question whether the caller may still follow; the last one stays. */
  const follows: boolean[] = [true];
  const may = (): Promise<boolean> => {
    asked += 1;
    return Promise.resolve(follows.length > 1 ? follows.shift()! : follows[0]!);
  };
  const parts: Waiting = {
    store: { proposal: () => proposal(states.length > 1 ? states.shift()! : states[0]!) },
    clock: () => now,
    news,
    pause: (millis, signal) => {
      pauses.push(millis);
      if (!signal.aborted) now += millis;
      return Promise.resolve();
    },
  };
  const call: Call = {
    principal: "p",
    credential: "local",
    scope: scopeOf(),
    session: "s",
    argumentsDigest: sha256(""),
    progress: (message) => void said.push(message),
    signal: stop.signal,
  };
  return {
    parts,
    call,
    pauses,
    said,
    stop,
    follows,
    asked: () => asked,
    may,
    wait: (seconds: number, from: State = "pending") =>
      awaitVerdict(parts, proposal(from), seconds, call, may),
  };
}

test("does not wait when nobody asked, nor for what is decided", async () => {
  const { wait, pauses } = lab("validating");
  expect((await wait(0))?.state).toBe("pending");
  expect((await wait(10, "approved"))?.state).toBe("approved");
  expect(pauses).toEqual([]);
});

test("waits in steps of a second, says how far it is, and ends with the verdict", async () => {
  const { wait, pauses, said } = lab("pending", "validating", "rejected");
  expect((await wait(300))?.state).toBe("rejected");
  expect(pauses).toEqual([1000, 1000, 1000]);
  expect(said).toEqual([
    "pending, waiting for the verdict",
    "pending, waiting for the verdict",
    "validating, waiting for the verdict",
  ]);
});

test("gives up at the time that was asked for, with the state as it is", async () => {
  const { wait, pauses } = lab("validating");
  expect((await wait(2))?.state).toBe("validating");
  expect(pauses).toEqual([1000, 1000]);
});

test("ends at once when the caller gives up", async () => {
  const { wait, stop, pauses } = lab("validating");
  stop.abort();
  expect((await wait(300))?.state).toBe("pending");
  expect(pauses).toEqual([]);
});

test("news of the patch ends a pause", async () => {
  const { parts, call, may } = lab("validating", "approved");
  const real: Waiting = {
    ...parts,
    pause: async (_, signal) => {
      await once(signal, "abort");
    },
  };
  const waiting = awaitVerdict(real, proposal("pending"), 300, call, may);
  for (let n = 0; n < 2; n++) {
    await sleep(1);
    parts.news.tell({ kind: "manifest" });
    parts.news.tell({ kind: "patch", id: order(1).patch_id });
  }
  expect((await waiting)?.state).toBe("approved");
});

// Threat: the credential is revoked, or the gate of patch-status closes, while the call waits.
describe("a caller who may not follow", () => {
  test("does not wait at all, and is told nothing of the state", async () => {
    const { wait, follows, pauses, said } = lab("validating", "approved");
    follows[0] = false;
    expect(await wait(300)).toBeUndefined();
    expect(await wait(0)).toBeUndefined();
    expect({ pauses, said }).toEqual({ pauses: [], said: [] });
  });

  test("is asked about again before the verdict is handed out", async () => {
    const { wait, follows } = lab("approved");
    follows.splice(0, 1, true, false);
    expect(await wait(300)).toBeUndefined();
  });

  test("is asked about within every fifteen seconds, and hears nothing more behind a no", async () => {
    const { wait, follows, said } = lab("validating");
    follows.splice(0, 1, true, true, false);
    expect(await wait(300)).toBeUndefined();
    expect(said.length).toBeLessThan(30);
    const patient = lab("validating");
    await patient.wait(300);
    expect(patient.asked()).toBeGreaterThan(300 / 15);
  });
});
