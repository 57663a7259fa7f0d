/**
 * Pages of List Containers without `$logs`, which Azure shows only when asked for system containers.
 *
 * Azurite answers on one line: `…<Containers><Container><Name>…</Name><Properties>…</Properties></Container>…
 * </Containers><NextMarker>…</NextMarker></EnumerationResults>`.
 */

const name = "$logs";
// metadata may have a key named Container: so the end is found from the inside out
const logsElement =
  /<Container><Name>\$logs<\/Name><Properties>.*?<\/Properties>(?:<Metadata>.*?<\/Metadata>|<Metadata\/>)?<\/Container>/s;
const anyContainers = /<Containers>(.*)<\/Containers>/s;
const nextMarker = /<NextMarker>(.*?)<\/NextMarker>|<NextMarker\/>/s;

/** Whether a page that begins after `marker` and lists names with `prefix` can hold `$logs`. */
export function mayListLogs(query: ReadonlyMap<string, string>): boolean {
  const include = (query.get("include") ?? "").toLowerCase().split(",");
  if (include.includes("system")) return false;
  return name.startsWith(query.get("prefix") ?? "") && (query.get("marker") ?? "") < name;
}

/** A page without `$logs`; undefined: it was not there. */
export function withoutLogs(page: string): string | undefined {
  return logsElement.test(page) ? page.replace(logsElement, "") : undefined;
}

/** Where the next page begins; undefined: this is the last one. */
export function nextMarkerOf(page: string): string | undefined {
  const marker = nextMarker.exec(page)?.[1];
  return marker === undefined || marker === "" ? undefined : unescapeXml(marker);
}

/** A page and, at its end, the containers of the one that follows it, whose marker it takes. */
export function append(page: string, next: string): string {
  const more = anyContainers.exec(next)?.[1] ?? "";
  const marker = nextMarker.exec(next)?.[0] ?? "<NextMarker/>";
  const open = page.replace("<Containers/>", "<Containers></Containers>");
  // functions, because names may hold what replace() takes for a pattern
  return open.replace("</Containers>", () => `${more}</Containers>`).replace(nextMarker, () => marker);
}

const unescapeXml = (text: string): string =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
