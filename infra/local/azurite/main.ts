import { createRequire } from "node:module";

// Azurite outlives a launcher that was killed unless somebody notices that the channel to it has closed.
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
// Azurite's own entry point reads process.argv, so this file passes it through untouched.
createRequire(import.meta.url)("azurite/dist/src/azurite.js");
