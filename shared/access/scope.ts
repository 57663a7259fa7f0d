/**
 * Where a role holds, or what a request is about: the root, or an Azure Resource Manager id such as
 * `/subscriptions/…/resourceGroups/…/providers/Microsoft.OperationalInsights/workspaces/default/tables/SigninLogs`.
 */
export interface Scope {
  readonly kind: "scope";
  /** As it was written, without a trailing slash; `/` is the root. */
  readonly id: string;
  /** Segments, ASCII letters in lower case; none for the root. */
  readonly segments: readonly string[];
}

/** Longest scope that is read, in characters; the longest resource ids of Azure have some 1,000. */
export const maxScopeLength = 2_048;

/** Everything. */
export const rootScope: Scope = { kind: "scope", id: "/", segments: [] };

/** What no segment of a resource id holds: separators, escapes and control characters. */
const refusedInSegment = /[\\%?#<>*&:"\p{Cc}]/u;

/**
 * Reads a scope.
 * @returns undefined for what is no scope: relative, with empty or dot segments, escapes, or longer than
 *   {@link maxScopeLength}
 */
export function parseScope(text: string): Scope | undefined {
  if (text.length > maxScopeLength || !text.startsWith("/")) return undefined;
  const id = text.endsWith("/") ? text.slice(0, -1) : text;
  if (id === "") return rootScope;
  const segments = id.slice(1).split("/");
  const wrong = (segment: string): boolean =>
    segment.trim() === "" || segment === "." || segment === ".." || refusedInSegment.test(segment);
  if (segments.some(wrong)) return undefined;
  return { kind: "scope", id, segments: segments.map(foldCase) };
}

/** Whether what holds at `outer` holds at `inner`: the same, or below it by whole segments, whatever the case. */
export function contains(outer: Scope, inner: Scope): boolean {
  return (
    outer.segments.length <= inner.segments.length &&
    outer.segments.every((segment, index) => segment === inner.segments[index])
  );
}

/**
 * Resource ids compare without case, but only ASCII is folded: Unicode would make one of letters that are two for
 * Azure (the Kelvin sign becomes `k`), and a name that looks alike must not open anything.
 */
function foldCase(segment: string): string {
  return segment.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
