// Around each test file. At its start what whoever runs the tests left open is closed, as a validator does: no child gets it. At its
// end, also of one that failed, its scratch goes; hooks run last in, first out, so this is the last.
import { afterAll } from "vitest";
import { closeInherited } from "../../src/io/file/inherited.ts";
import { removeAllScratch } from "./scratch.ts";

closeInherited();
afterAll(removeAllScratch);
