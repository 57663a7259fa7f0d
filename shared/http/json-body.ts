import type { HttpRequest } from "@azure/functions";

import { armError, type ArmError } from "../arm/arm-error.js";
import { parseJson } from "../storage-analytics/json-text.js";

/** Bytes of a body. Azure Resource Manager's own limit. */
export const maxBodyBytes = 4 * 1_048_576;

export type JsonBody = { readonly kind: "body"; readonly value: unknown } | ArmError;

/**
 * Reads the body of a request as JSON, and no more of it than the limit.
 * @returns an empty body as `undefined`
 */
export async function readJsonBody(request: HttpRequest, limit = maxBodyBytes): Promise<JsonBody> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    const part = chunk as Uint8Array;
    bytes += part.length;
    if (bytes > limit) {
      return armError("RequestContentTooLarge", `The body has more than ${limit} bytes, which is the limit.`);
    }
    chunks.push(part);
  }
  if (bytes === 0) return { kind: "body", value: undefined };
  if (type !== "application/json" && !type.endsWith("+json")) {
    return armError("UnsupportedMediaType", "The body must be JSON, with Content-Type: application/json.");
  }
  const value = parseJson(Buffer.concat(chunks).toString("utf8"));
  return value === undefined ? armError("InvalidRequestContent", "The body is not JSON.") : { kind: "body", value };
}
