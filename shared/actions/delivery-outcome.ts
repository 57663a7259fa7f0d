/** How one attempt to tell a receiver ended. Reasons are shown to operators: they name neither URL nor secret. */
export type DeliveryOutcome =
  | { readonly kind: "delivered"; readonly detail: string }
  /** Worth another attempt. */
  | { readonly kind: "retry"; readonly reason: string; readonly retryAfter?: RetryAfter | undefined }
  /** No later attempt would end otherwise. */
  | { readonly kind: "rejected"; readonly reason: string };

/** What a receiver asked for (RFC 9110 §10.2.3). */
export type RetryAfter =
  { readonly kind: "seconds"; readonly seconds: number } | { readonly kind: "date"; readonly at: Date };

/** @returns undefined for what is neither seconds nor an HTTP date */
export function parseRetryAfter(text: string | undefined): RetryAfter | undefined {
  if (text === undefined) return undefined;
  const trimmed = text.trim();
  if (/^\d{1,9}$/.test(trimmed)) return { kind: "seconds", seconds: Number(trimmed) };
  const at = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(trimmed)
    ? new Date(trimmed)
    : undefined;
  return at === undefined || Number.isNaN(at.getTime()) ? undefined : { kind: "date", at };
}
