import { type Service } from "../../../shared/storage-analytics/log-entry.js";
import { authorizationsOf } from "./bearer-gate.js";
import { type RequestHead } from "./http-head.js";
import { type Answer, type EditResponse, type HeldResponse, type Interception } from "./interception.js";
import { indexHeaders } from "./raw-headers.js";
import { answerWithError } from "./storage-error.js";

/** Longest error that is looked at, bytes; Azurite's have some 300. */
const errorLimit = 16 * 1024;

const azuritesCode = "InvalidAuthenticationInfo";

const authenticationFailed = {
  status: 403,
  code: "AuthenticationFailed",
  message:
    "Server failed to authenticate the request. Make sure the value of the Authorization header is formed correctly including the signature.",
} as const;

/**
 * With OAuth on, Azurite 3.35 takes a shared key whose signature is wrong for a malformed token, and answers 400
 * `InvalidAuthenticationInfo`. Azure answers 403 `AuthenticationFailed`, as Azurite does without OAuth.
 *
 * @param interception what happens to the request besides
 */
export function answerWrongKeyAsAzure(
  service: Service,
  head: RequestHead,
  interception: Interception | undefined,
): Interception | undefined {
  if (!authorizationsOf(head.headers).some((value) => /^\s*sharedkey/i.test(value))) return interception;
  const correct: (response: HeldResponse) => Answer | undefined = ({ status, headers }) =>
    status === 400 && indexHeaders(headers).get("x-ms-error-code") === azuritesCode
      ? answerWithError(service, authenticationFailed, head.headers)
      : undefined;
  const before =
    (edit: EditResponse): EditResponse =>
    (response) =>
      correct(response) ?? edit(response);
  switch (interception?.kind) {
    case undefined:
      return { kind: "edit-response", limit: errorLimit, status: 400, edit: correct };
    case "refuse":
      return interception;
    case "edit-response":
      return { ...interception, edit: before(interception.edit) };
    case "check-body":
      return {
        ...interception,
        check: (body) => {
          const replacement = interception.check(body);
          return replacement === undefined
            ? { body, edit: correct }
            : { ...replacement, edit: before(replacement.edit) };
        },
      };
    default:
      throw new Error(`unknown interception ${JSON.stringify(interception satisfies never)}`);
  }
}
