// The scratch repository of the tour: an ordinary small project with a few places that are not an agent's.
import { scratchRepository } from "../support/scratch.ts";

export function makeRepository(): string {
  return scratchRepository("tour", {
    "README.md": "# Greeter\n\nSays good day.\n",
    "src/greet.ts":
      "// Greets a person by name.\n\nexport function greet(name: string): string {\n  return `hello ${name}`;\n}\n",
    "src/auth/session.ts": "// How long a session lasts.\nexport const SESSION_MINUTES = 60;\n",
    "test/greet.test.ts":
      'import { greet } from "../src/greet.ts";\n\nconsole.assert(greet("Ada").includes("Ada"));\n',
    "package.json": '{ "name": "greeter", "version": "1.0.0" }\n',
    ".github/workflows/ci.yml":
      "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm test\n",
    ".env": "TOKEN=not-for-agents\n",
    "logo.png": Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13]),
  });
}
