// A verdict with the checks that a test of its rendering needs; nothing of it is signed.
import type { Verdict } from "../../src/core/attestation/statement.ts";

const digest = (letter: string): string => letter.repeat(64);

export function statementSample(checks: readonly Verdict["predicate"]["checks"][number][]): Verdict {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "patch", digest: { sha256: digest("a") } }],
    predicateType: "https://countersign.dev/attestation/patch-validation/v1",
    predicate: {
      patchId: "00000000-0000-4000-8000-000000000001",
      order: { digest: { sha256: digest("b") } },
      outcome: "REJECTED",
      timeVerified: "2026-11-22T12:00:00.000Z",
      expires: "2026-11-22T13:00:00.000Z",
      verifier: { id: "https://countersign.dev/validator/v1", version: { countersign: "0.1.0" } },
      resourceUri: "urn:countersign:repository:desk",
      targetRef: "refs/heads/main",
      base: { manifest: digest("c"), digest: { gitCommit: "1".repeat(40), gitTree: "2".repeat(40) } },
      policy: {
        uri: "countersign.toml",
        digest: { sha256: digest("d") },
        annotations: {
          rules: {
            paths: { version: "2026.11.0", digest: { sha256: digest("e") } },
            secrets: { version: "2026.11.0", digest: { sha256: digest("f") } },
          },
        },
      },
      proposer: { principal: "bot", session: "s" },
      checks: [...checks],
    },
  } as unknown as Verdict;
}
