import net from "node:net";

/** Runs `work` with every server that names no address listening on 127.0.0.1 instead of on all interfaces.
 * The library's streaming proxy listens everywhere (functions-host.md §6.6), so that any neighbour on the network could
 * hand it requests; the host reaches it over loopback.
 */
export async function listeningOnLoopback<T>(work: () => T | Promise<T>): Promise<T> {
  // typed loosely because `listen` has nine overloads
  const prototype = net.Server.prototype as unknown as { listen: (this: unknown, ...options: unknown[]) => unknown };
  const original = prototype.listen;
  prototype.listen = function (...options) {
    const [first, ...rest] = options;
    if (first === undefined || typeof first === "function") return original.call(this, 0, "127.0.0.1", ...options);
    if (typeof first === "number" && typeof rest[0] !== "string")
      return original.call(this, first, "127.0.0.1", ...rest);
    return original.apply(this, options);
  };
  try {
    return await work();
  } finally {
    prototype.listen = original;
  }
}
