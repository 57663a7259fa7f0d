import { type Service } from "../../../shared/storage-analytics/log-entry.js";
import { type StorageTokens } from "../storage-tokens/storage-tokens.js";
import { type TokenFields } from "../storage-tokens/token-fields.js";
import { type RequestHead } from "./http-head.js";
import { type Answer } from "./interception.js";
import { findHeader } from "./raw-headers.js";
import { parseRequestAddress } from "./request-address.js";
import { answerWithError } from "./storage-error.js";

/** Whether a request may go on to the server, as far as its bearer token is concerned. */
export type Admission =
  | { readonly kind: "admitted"; readonly token: TokenFields | undefined }
  | { readonly kind: "refused"; readonly answer: Answer };

/** Looks at the head of every request: most have no token and are admitted at once. A promise never rejects. */
export type Gate = (head: RequestHead, secure: boolean) => Admission | Promise<Admission>;

const withoutToken: Admission = { kind: "admitted", token: undefined };

/** Wide on purpose: whatever Azurite could take for a token has to pass here. It looks for `Bearer` at the beginning. */
const bearer = /^\s*bearer/i;
const wellFormed = /^\s*bearer (\S+)\s*$/i;

export interface BearerGateOptions {
  readonly service: Service;
  readonly tokens: StorageTokens;
  readonly now: () => Date;
  readonly report: (message: string, cause: unknown) => void;
}

/**
 * Lets a request with a bearer token through only if the token is right: Azurite looks at what a token says, and never
 * at who signed it. A token that was right a moment ago is recalled at once, so only its first request waits.
 */
export function openBearerGate({ service, tokens, now, report }: BearerGateOptions): Gate {
  return (head, secure) => {
    const sent = authorizationsOf(head.headers);
    if (!sent.some((value) => bearer.test(value))) return withoutToken;
    if (!secure) return { kind: "refused", answer: answerWithError(service, notOverHttp, head.headers) };
    const refuse = (reason: Parameters<StorageTokens["refuse"]>[0]): Admission => {
      const { challenge, ...error } = tokens.refuse(reason);
      const answer = answerWithError(service, { ...error, headers: ["WWW-Authenticate", challenge] }, head.headers);
      return { kind: "refused", answer };
    };
    if (sent.length > 1) return refuse("doubled-credential");
    const token = wellFormed.exec(sent[0] ?? "")?.[1];
    if (token === undefined) return refuse("malformed-credential");
    const host = findHeader(head.headers, "host") ?? "";
    const target = { account: parseRequestAddress(service, head.target, host).account, service };
    const known = tokens.recall(token, target, now());
    if (known !== undefined) return { kind: "admitted", token: known.fields };
    return tokens.check(token, target, now()).then(
      (verdict): Admission =>
        verdict.kind === "valid" ? { kind: "admitted", token: verdict.fields } : refuse(verdict.reason),
      (error: unknown): Admission => {
        report("a bearer token can't be checked", error);
        return { kind: "refused", answer: answerWithError(service, busy, head.headers) };
      },
    );
  };
}

const notOverHttp = {
  status: 403,
  code: "AuthenticationFailed",
  message: "Server failed to authenticate the request.",
  details: { AuthenticationErrorDetail: "Authentication scheme Bearer is not allowed with HTTP." },
} as const;

const busy = {
  status: 503,
  code: "ServerBusy",
  message: "The server is currently unable to receive requests. Please retry your request.",
} as const;

const name = "authorization";
const none: readonly string[] = [];

/** All that a request says in `Authorization`. */
export function authorizationsOf(headers: readonly string[]): readonly string[] {
  let found: string[] | undefined;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    // by length first: this is asked of every header of every request
    if (headers[index]?.length !== name.length || headers[index]?.toLowerCase() !== name) continue;
    found ??= [];
    found.push(headers[index + 1] ?? "");
  }
  return found ?? none;
}
