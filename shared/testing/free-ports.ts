import { createServer, type Server } from "node:net";

// below those that Linux gives to outgoing connections (32,768 to 60,999), and above Vigil's own
const first = 21_000;
const last = 32_000;

/** The first of `count` consecutive ports of 127.0.0.1 that were free a moment ago. */
export async function findFreePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    // at random: test files that run at the same time must not all probe the same ports
    const base = first + Math.floor(Math.random() * (last - first - count));
    const servers = await Promise.all(Array.from({ length: count }, (_, offset) => listenOn(base + offset)));
    const open = servers.filter((server) => server !== undefined);
    await Promise.all(open.map((server) => new Promise((resolve) => server.close(resolve))));
    if (open.length === count) return base;
  }
  throw new Error(`no ${count} consecutive free ports found between ${first} and ${last}`);
}

function listenOn(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(undefined);
    });
    server.listen(port, "127.0.0.1", () => {
      resolve(server);
    });
  });
}
