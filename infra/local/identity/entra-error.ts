import { randomUUID } from "node:crypto";

/**
 * Errors of the token endpoint, by AADSTS code, in Entra ID's words where its clients show them to people.
 * Source: "Microsoft Entra authentication and authorization error codes".
 */
const catalogue = {
  70003: { status: 400, error: "unsupported_grant_type", text: "The app requested an unsupported grant type '{0}'." },
  90002: {
    status: 400,
    error: "invalid_request",
    text: "Tenant '{0}' not found. This identity provider has one tenant, {1}.",
  },
  500011: {
    status: 400,
    error: "invalid_resource",
    text: "The resource principal named {0} was not found in the tenant named {1}.",
  },
  700016: {
    status: 400,
    error: "unauthorized_client",
    text: "Application with identifier '{0}' was not found in the directory '{1}'.",
  },
  900144: {
    status: 400,
    error: "invalid_request",
    text: "The request body must contain the following parameter: '{0}'.",
  },
  1002012: {
    status: 400,
    error: "invalid_scope",
    text: "The provided value for scope {0} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).",
  },
  7000215: {
    status: 401,
    error: "invalid_client",
    text: "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{0}'.",
  },
  7000216: {
    status: 401,
    error: "invalid_client",
    text: "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
  },
  900382: { status: 400, error: "invalid_request", text: "The parameter '{0}' is there more than once." },
} as const;

export type EntraErrorCode = keyof typeof catalogue;

/** A refusal of the token endpoint. */
export interface EntraError {
  readonly kind: "error";
  readonly code: EntraErrorCode;
  /** For the places in the text. Never a secret. */
  readonly details: readonly string[];
}

export const entraError = (code: EntraErrorCode, ...details: readonly string[]): EntraError => ({
  kind: "error",
  code,
  details,
});

/** The answer as Entra ID gives it. */
export function describeEntraError(
  { code, details }: EntraError,
  now: Date,
): { readonly status: number; readonly body: object } {
  const { status, error, text } = catalogue[code];
  const [traceId, correlationId] = [randomUUID(), randomUUID()];
  const timestamp = `${now.toISOString().slice(0, 19).replace("T", " ")}Z`;
  const message = text.replace(/\{(\d)\}/g, (_, index: string) => details[Number(index)] ?? "");
  return {
    status,
    body: {
      error,
      error_description: `AADSTS${code}: ${message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
      error_codes: [code],
      timestamp,
      trace_id: traceId,
      correlation_id: correlationId,
      error_uri: `https://login.microsoftonline.com/error?code=${code}`,
    },
  };
}
