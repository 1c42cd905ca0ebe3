#!/usr/bin/env node
/** The entry: loads the program, with its compiled code kept between runs (docs/adr/005-start-up.md). */
import { join } from "node:path";
import { requireCompiled } from "./compiled-code.ts";

requireCompiled(join(import.meta.dirname, "program.cjs"));
