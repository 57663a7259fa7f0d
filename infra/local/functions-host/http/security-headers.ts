import { type IncomingMessage, type ServerResponse } from "node:http";

export type Hsts = {
  readonly maxAgeSeconds: number;
  readonly includeSubDomains: boolean;
  readonly preload: boolean;
  readonly excludedHosts: readonly string[];
};
/** Headers that host.json adds to every answer (§6.8). */
export type HostSecurity = {
  readonly hsts: Hsts | undefined;
  readonly customHeaders: Readonly<Record<string, string>>;
};

/** Sets HSTS now and custom headers when the answer begins, so that a function's own value of one wins. */
export function applySecurityHeaders(security: HostSecurity, request: IncomingMessage, response: ServerResponse): void {
  const hsts = hstsHeader(security.hsts, "encrypted" in request.socket, request.headers.host ?? "");
  if (hsts !== undefined) response.setHeader("Strict-Transport-Security", hsts);
  const custom = Object.entries(security.customHeaders);
  if (custom.length === 0) return;
  const writeHead: (status: number) => ServerResponse = response.writeHead.bind(response);
  // Node calls it for implicit headers, too, which are the only ones the host uses
  response.writeHead = (status: number) => {
    for (const [name, value] of custom) if (!response.hasHeader(name)) response.setHeader(name, value);
    return writeHead(status);
  };
}

/** As ASP.NET Core does: only over TLS, and never for an excluded host. */
export function hstsHeader(hsts: Hsts | undefined, secure: boolean, host: string): string | undefined {
  if (hsts === undefined || !secure) return undefined;
  const name = host.replace(/:\d+$/, "").toLowerCase();
  if (hsts.excludedHosts.some((excluded) => excluded.toLowerCase() === name)) return undefined;
  const parts = [`max-age=${hsts.maxAgeSeconds}`];
  if (hsts.includeSubDomains) parts.push("includeSubDomains");
  if (hsts.preload) parts.push("preload");
  return parts.join("; ");
}
