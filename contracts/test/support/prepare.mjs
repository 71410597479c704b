//! Compiles what the tests need, once, before they begin side by side.

import { artifact } from "./trex.mjs";
import { testing } from "./world.mjs";

testing("Token");
artifact("Token");
