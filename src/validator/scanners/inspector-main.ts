// The program that the validator keeps warm for parsing hostile files (inspector.ts says how, and under which limits).
import { patience } from "../../io/file/patience.ts";
import { serveInspector } from "./inspector-child.ts";

/** Well below what the parent waits for an answer. */
const MOST_MS = 6_000;

await serveInspector(process.stdin, process.stdout, patience(MOST_MS));
