/** Whether a Host header names this machine itself: `localhost`, `*.localhost`, 127.0.0.0/8 or `[::1]`, with any port.
 * A page of another site that has its name resolve to 127.0.0.1 (DNS rebinding) sends its own name instead.
 */
export function namesLoopback(host: string | undefined): boolean {
  if (host === undefined) return false;
  const name = host.replace(/:\d+$/, "").toLowerCase();
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(name);
}

/** Whether an address to bind is reachable from this machine only. */
export function isLoopbackAddress(address: string): boolean {
  return address === "localhost" || address === "::1" || /^127(?:\.\d{1,3}){3}$/.test(address);
}
