import { keepOneLine } from "./field-text.js";
import { decodePercent, type Resource } from "./request-address.js";
import { redactSignatures } from "./signature-redaction.js";

/** Before this x-ms-version a copy source is logged as a key, from it on as the URL. */
const firstVersionWithSourceUrls = "2012-02-12";

/** Field requested-object-key (reference §1.8): `/account/container/blob`, decoded. */
export function formatObjectKey(account: string, resource: Resource): string {
  const key = `/${account}${belowAccount(resource)}`;
  return redactSignatures(keepOneLine(key));
}

function belowAccount(resource: Resource): string {
  switch (resource.kind) {
    case "service":
    case "tables":
    case "batch":
      return "";
    case "container":
      return `/${resource.container}`;
    case "blob":
      return `/${resource.container}/${resource.blob}`;
    case "queue":
    case "messages":
    case "message":
      return `/${resource.queue}`;
    case "table":
    case "table-entry":
      return `/${resource.table}`;
    case "entity":
      return `/${resource.table}/${resource.partitionKey}/${resource.rowKey}`;
    case "other":
      return `/${resource.path}`;
    default:
      throw new Error(`no object key for ${JSON.stringify(resource satisfies never)}`);
  }
}

/**
 * Object key of `CopyBlobSource`: the source's URL, before x-ms-version 2012-02-12 its `/account/container/blob`.
 * @param source `x-ms-copy-source` as sent
 * @param version effective x-ms-version
 */
export function formatCopySourceKey(source: string, version: string): string {
  const redacted = redactSignatures(source);
  if (version === "" || version >= firstVersionWithSourceUrls) return redacted;
  const url = /^https?:\/\/([^./]+)[^/]*(\/[^?]*)/i.exec(redacted);
  return keepOneLine(url === null ? redacted : `/${url[1] ?? ""}${decodePercent(url[2] ?? "")}`);
}
