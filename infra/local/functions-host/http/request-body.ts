import { type IncomingMessage } from "node:http";

/** Default of the real host in bytes; `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT` overrides it (§6.3). */
export const defaultBodyLimitBytes = 104_857_600;

export type Body =
  { readonly kind: "body"; readonly bytes: Buffer } | { readonly kind: "too-large" } | { readonly kind: "client-gone" };

/** Length that the request declares; undefined when it is chunked or has no body. */
export function declaredLength(request: IncomingMessage): number | undefined {
  const header = request.headers["content-length"];
  return header === undefined || request.headers["transfer-encoding"] !== undefined ? undefined : Number(header);
}

export function isChunked(request: IncomingMessage): boolean {
  return request.headers["transfer-encoding"] !== undefined;
}

/** Reads a whole body, up to the limit. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Body> {
  return await new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > limitBytes) resolve({ kind: "too-large" });
      else chunks.push(chunk);
    });
    request.once("end", () => {
      resolve({ kind: "body", bytes: Buffer.concat(chunks, length) });
    });
    request.once("error", () => {
      resolve({ kind: "client-gone" });
    });
    request.once("close", () => {
      resolve({ kind: "client-gone" });
    });
  });
}
