// The program that the validator keeps warm for parsing hostile files (inspector.ts says how, and under which limits).
import { serveInspector } from "./inspector-child.ts";

await serveInspector(process.stdin, process.stdout, () => performance.now());
