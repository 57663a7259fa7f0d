/**
 * Error code of a refusal by Azure Storage, such as `BlobNotFound`: the one thing to decide by, because one status
 * stands for several causes (404: `ResourceNotFound`, `TableNotFound`).
 *
 * Blob and Queue clients put it into `code`, answers to HEAD have it in `details.errorCode`, the Table client in
 * `details.odataError.code`.
 */
export function storageErrorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { code, details } = error as { code?: unknown; details?: unknown };
  const { errorCode, odataError } = (details ?? {}) as { errorCode?: unknown; odataError?: { code?: unknown } };
  return [odataError?.code, errorCode, code].find((each) => typeof each === "string");
}

/** Whether a call was refused with one of these codes. */
export const failedWith = (error: unknown, ...codes: readonly string[]): boolean =>
  codes.includes(storageErrorCode(error) ?? "");
