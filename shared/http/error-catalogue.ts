import { armErrorCodes, type ArmErrorCode } from "../arm/arm-error.js";
import { refusalStatuses, type RefusalCode } from "../access/refusal.js";

/**
 * Every error that Vigil's own routes answer with, in Azure's shape `{"error":{"code","message","target"}}`.
 * `status` is the HTTP status, `next` what the caller can do. Refusals of the lock are in `shared/access/refusal.ts`.
 */
export const errorCatalogue = {
  InvalidPath: { status: 400, next: "Send each part of the path percent-encoded once." },
  InvalidQueryParameterValue: { status: 400, next: "GET /openapi.json describes the parameters of each route." },
  UnsupportedQueryParameter: { status: 400, next: "GET /openapi.json lists the parameters of each route." },
  MissingRequiredQueryParameter: { status: 400, next: "GET /openapi.json describes the parameters of each route." },
  RangeTooLarge: { status: 400, next: "Ask for a shorter range." },
  RouteNotFound: { status: 404, next: "GET /openapi.json lists all routes." },
  AccountNotFound: { status: 404, next: "Add the account to the setting VIGIL_ACCOUNTS." },
  NotAcceptable: { status: 406, next: "Ask for application/json, application/x-ndjson or text/csv." },
  InternalError: { status: 500, next: "The app's log has the cause under this id." },
  AuthorityUnavailable: { status: 503, next: "Try again; API keys are accepted meanwhile." },
  StorageUnavailable: { status: 503, next: "Try again; GET /health says which storage does not answer." },
} as const satisfies Record<string, { status: number; next: string }>;

export type ProblemCode = keyof typeof errorCatalogue;

/** Whatever can stand as `code` in an answer. */
export type ErrorCode = ProblemCode | RefusalCode | ArmErrorCode;

/** The HTTP status that a code comes with. */
export function statusOf(code: ErrorCode): number {
  if (code in refusalStatuses) return refusalStatuses[code as RefusalCode];
  if (code in armErrorCodes) return armErrorCodes[code as ArmErrorCode];
  return errorCatalogue[code as ProblemCode].status;
}

/** An error that a caller gets to see. */
export interface HttpProblem {
  readonly kind: "problem";
  readonly code: ProblemCode;
  /** What is wrong, without secrets and without what belongs to others. */
  readonly message: string;
  /** The parameter or part of the path that it is about. */
  readonly target: string | undefined;
}

export const problem = (code: ProblemCode, message: string, target?: string): HttpProblem => ({
  kind: "problem",
  code,
  message,
  target,
});
