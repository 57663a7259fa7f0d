import { createRequire } from "node:module";
import { connect } from "node:net";

/**
 * Azurite as a part of the local stack: its own entry point, which reads `process.argv` as it stands, and around it
 * what the launcher needs to know and what Azurite lacks.
 */
const pollMs = 20;
/** What the gateway needs to write the last of its log, when the launcher is gone and both are on their own. */
const lastLogMs = 3_000;

// Azurite outlives a launcher that was killed unless somebody notices that the channel to it has closed.
process.once("disconnect", () => setTimeout(() => process.kill(process.pid, "SIGTERM"), lastLogMs));
createRequire(import.meta.url)("azurite/dist/src/azurite.js");

const ports = ["--blobPort", "--queuePort", "--tablePort"].map((name) =>
  Number(process.argv[process.argv.indexOf(name) + 1]),
);
for (const port of ports) {
  while (!(await accepts(port))) await new Promise((resolve) => setTimeout(resolve, pollMs));
}
process.send?.({ kind: "ready" });
// Azurite closes its servers on SIGTERM and counts on the process to end by itself: the channel must not hold it
process.channel?.unref();

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}
