/** A refusal in the shape of Azure Resource Manager, as a value. */
export interface ArmError {
  readonly kind: "arm-error";
  /** HTTP status. */
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Name of the parameter or property that is wrong. */
  readonly target?: string;
}

/**
 * Every code that an ARM route answers with, and its HTTP status. Codes are stable in Azure, texts are not; ours say
 * what to do next.
 */
export const armErrorCodes = {
  MissingApiVersionParameter: 400,
  InvalidApiVersionParameter: 400,
  NoRegisteredProviderFound: 400,
  InvalidSubscriptionId: 400,
  InvalidRequestContent: 400,
  LocationRequired: 400,
  BadRequest: 400,
  AuthenticationFailed: 401,
  AuthorizationFailed: 403,
  InvalidResourceType: 404,
  InvalidResourceNamespace: 404,
  SubscriptionNotFound: 404,
  ResourceNotFound: 404,
  MethodNotAllowed: 405,
  Conflict: 409,
  InvalidResourceLocation: 409,
  PreconditionFailed: 412,
  RequestContentTooLarge: 413,
  UnsupportedMediaType: 415,
  TooManyRequests: 429,
} as const;
export type ArmErrorCode = keyof typeof armErrorCodes;

export const armError = (code: ArmErrorCode, message: string, target?: string): ArmError => ({
  kind: "arm-error",
  status: armErrorCodes[code],
  code,
  message,
  ...(target !== undefined && { target }),
});

/** Body of the answer: `{"error":{"code","message","target"?}}`. */
export const armErrorBody = ({ code, message, target }: ArmError) => ({
  error: { code, message, ...(target !== undefined && { target }) },
});
