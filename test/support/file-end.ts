// At the end of each test file, also of one that failed: its scratch goes. Hooks run last in, first out, so this is the last.
import { afterAll } from "vitest";
import { removeAllScratch } from "./scratch.ts";

afterAll(removeAllScratch);
