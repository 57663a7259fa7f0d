import { type Headers } from "./raw-headers.js";

/** A request or response inside a batch's multipart body. */
export interface BatchPart {
  /** `DELETE /c/b HTTP/1.1` or `HTTP/1.1 202 Accepted`. */
  readonly startLine: string;
  readonly headers: Headers;
  /** `Content-ID` of the part around it, `""` if it has none. */
  readonly contentId: string;
  readonly body: string;
}

/** Azure takes 256 requests in a blob batch and 100 in an entity group transaction. */
export const maxBatchParts = 256;

/** A batch may hold one change set, which is a multipart body again. */
const maxNesting = 2;

/** Characters; RFC 2046 allows 70, some clients send longer ones. */
const maxBoundaryLength = 200;

/**
 * The requests or responses in a captured batch body, in order. Tolerant: a cut or malformed body gives what could be
 * read of it, since the request itself is logged in any case.
 * @param contentType of the body, with its boundary
 */
export function parseBatchParts(body: Uint8Array | undefined, contentType: string): readonly BatchPart[] {
  if (body === undefined) return [];
  const parts: BatchPart[] = [];
  collect(new TextDecoder().decode(body), contentType, maxNesting, parts);
  return parts;
}

function collect(text: string, contentType: string, nesting: number, parts: BatchPart[]): void {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined || nesting === 0) return;
  const pieces = text.split(`--${boundary}`).slice(1);
  for (const [index, raw] of pieces.entries()) {
    if (raw.startsWith("--") || parts.length >= maxBatchParts) return;
    // what no boundary follows has been cut off, and could be mistaken for something else
    const whole = index < pieces.length - 1;
    const { headers, body } = parseHead(raw.replace(/^[ \t]*\r?\n/, ""));
    const type = headers.get("content-type") ?? "";
    if (/^multipart\/mixed/i.test(type)) collect(body, type, nesting - 1, parts);
    else if (whole && /^application\/http/i.test(type)) parts.push(parseMessage(body, headers.get("content-id") ?? ""));
  }
}

function boundaryOf(contentType: string): string | undefined {
  const match = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  return boundary === undefined || boundary.length > maxBoundaryLength ? undefined : boundary;
}

function parseMessage(text: string, contentId: string): BatchPart {
  const trimmed = text.replace(/^\s+/, "");
  const end = trimmed.indexOf("\n");
  const startLine = (end < 0 ? trimmed : trimmed.slice(0, end)).trim();
  const { headers, body } = parseHead(end < 0 ? "" : trimmed.slice(end + 1));
  return { startLine, headers, contentId, body: body.trim() };
}

/** Header lines up to the first empty one, and the rest. */
function parseHead(text: string): { readonly headers: Headers; readonly body: string } {
  const headers = new Map<string, string>();
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf("\n", at);
    const line = (end < 0 ? text.slice(at) : text.slice(at, end)).trim();
    at = end < 0 ? text.length : end + 1;
    if (line === "") break;
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    if (colon > 0 && !headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return { headers, body: text.slice(at) };
}
