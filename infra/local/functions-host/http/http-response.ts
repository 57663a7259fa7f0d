import { type ServerResponse } from "node:http";

import { type HttpCookie, type HttpData } from "../app/core-types.js";

/** Writes what a handler returned without streaming (§6.5). A header that is already set keeps its first value. */
export function writeHttpData(response: ServerResponse, data: HttpData): void {
  response.statusCode = Number(data.statusCode ?? "200");
  for (const [name, value] of Object.entries(data.headers ?? {})) {
    if (!response.hasHeader(name)) response.setHeader(name, value);
  }
  const cookies = (data.cookies ?? []).map(formatCookie);
  if (cookies.length > 0) response.appendHeader("Set-Cookie", cookies);
  const body = data.body?.bytes;
  if (body === undefined || body.length === 0 || hasNoBody(response)) {
    if (!hasNoBody(response)) response.setHeader("Content-Length", 0);
    response.end();
    return;
  }
  // two calls, so that Node sends it chunked as Kestrel does
  response.write(body);
  response.end();
}

/** An answer without a body: `Content-Length: 0` where a body would be allowed. */
export function writeEmpty(response: ServerResponse, status: number): void {
  response.statusCode = status;
  if (!hasNoBody(response)) response.setHeader("Content-Length", 0);
  response.end();
}

export function writeText(response: ServerResponse, status: number, text: string, type = "text/plain"): void {
  response.statusCode = status;
  response.setHeader("Content-Type", `${type}; charset=utf-8`);
  response.setHeader("Content-Length", Buffer.byteLength(text));
  response.end(text);
}

function hasNoBody(response: ServerResponse): boolean {
  return response.statusCode === 204 || response.statusCode === 304 || response.req.method === "HEAD";
}

/** A cookie as ASP.NET Core writes it: attributes in lower case, name and value percent-encoded. */
export function formatCookie(cookie: HttpCookie): string {
  const parts = [`${encodeURIComponent(cookie.name)}=${encodeURIComponent(cookie.value)}`];
  if (cookie.expires !== undefined) {
    parts.push(`expires=${new Date(cookie.expires.value.seconds * 1_000).toUTCString()}`);
  }
  if (cookie.maxAge !== undefined) parts.push(`max-age=${Math.trunc(cookie.maxAge.value)}`);
  if (cookie.domain !== undefined) parts.push(`domain=${cookie.domain.value}`);
  parts.push(`path=${cookie.path?.value ?? "/"}`);
  if (cookie.secure?.value === true) parts.push("secure");
  if (cookie.sameSite === "lax" || cookie.sameSite === "strict") parts.push(`samesite=${cookie.sameSite}`);
  if (cookie.sameSite === "explicitNone") parts.push("samesite=none");
  if (cookie.httpOnly?.value === true) parts.push("httponly");
  return parts.join("; ");
}
