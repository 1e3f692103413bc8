// Property tests draw the same examples for every mutant: whether one is killed must not be a matter of luck.
import { configureGlobal } from "fast-check";

configureGlobal({ seed: 20_261_122 });
