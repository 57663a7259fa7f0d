/** A path has at most this many segments; the longest route has far fewer. */
export const maxSegments = 32;
/** Characters of one decoded segment. */
export const maxSegmentLength = 1_024;

export type UrlPath =
  | { readonly kind: "path"; readonly segments: readonly string[] }
  | { readonly kind: "rejected"; readonly reason: string };

const controlCharacters = /[\u0000-\u001f\u007f]/;

/**
 * Segments of a URL's path, each decoded once: the one value that routing, the access check and the data access use.
 *
 * Trailing slashes do not count, as in the Functions host. What could mean two things to two readers is refused:
 * empty segments, dot segments (the URL parser resolves plain ones before), encoded slashes and backslashes, control
 * characters, and escapes that are no UTF-8.
 */
export function parseUrlPath(url: string): UrlPath {
  const path = new URL(url).pathname.replace(/^\//, "").replace(/\/$/, "");
  if (path === "") return { kind: "path", segments: [] };
  const encoded = path.split("/");
  if (encoded.length > maxSegments) return rejected(`it has more than ${maxSegments} segments`);
  const segments: string[] = [];
  for (const text of encoded) {
    const segment = decode(text);
    if (segment === undefined) return rejected("it has a % that begins no UTF-8 escape");
    if (segment === "") return rejected("it has an empty segment");
    if (segment === "." || segment === "..") return rejected("it has a dot segment");
    if (/[/\\]/.test(segment)) return rejected("it has an encoded slash");
    if (controlCharacters.test(segment)) return rejected("it has a control character");
    if (segment.length > maxSegmentLength) return rejected(`a segment has more than ${maxSegmentLength} characters`);
    segments.push(segment);
  }
  return { kind: "path", segments };
}

const rejected = (reason: string): UrlPath => ({ kind: "rejected", reason });

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
