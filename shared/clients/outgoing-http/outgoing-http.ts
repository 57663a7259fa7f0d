import { lookup as resolveWithSystem } from "node:dns/promises";
import { request as requestPlain, type ClientRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as requestSecurely } from "node:https";
import { isIP } from "node:net";
import { judgeAddress, type AddressPolicy } from "./address-guard.js";

/** Bytes of an answer that are read; nobody needs more than its status and a line to show. */
export const answerLimit = 64 * 1024;
/** Characters of an answer that are kept to be shown. */
export const excerptLength = 256;
export const redirectLimit = 5;

export interface OutgoingRequest {
  readonly url: URL;
  readonly body: string;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds for all of it: names, connections, redirects, and the answer. */
  readonly timeoutMs: number;
}

export type OutgoingOutcome =
  | {
      readonly kind: "answered";
      readonly status: number;
      /** Header `Retry-After`, as sent. */
      readonly retryAfter: string | undefined;
      /** The beginning of the answer, as text on one line. */
      readonly excerpt: string;
    }
  /** Nobody was called: the address, scheme or redirect is not allowed. */
  | { readonly kind: "refused"; readonly reason: string }
  /** The call may or may not have arrived. */
  | { readonly kind: "failed"; readonly reason: string };

/** Addresses of a host name; injected in tests. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface OutgoingHttpOptions {
  readonly policy: AddressPolicy;
  readonly resolve?: Resolve;
  /** Where a connection to an allowed address goes; in tests, to a server on loopback. */
  readonly connectTo?: (address: string, port: number) => { readonly address: string; readonly port: number };
  /** Certificates that are trusted besides Node's own, PEM. */
  readonly authority?: string;
}

/**
 * Calls that leave Vigil for addresses that users chose.
 *
 * A name is resolved once and every address of it judged before one is connected to, on every redirect anew, so that
 * a name can't change between check and call (DNS rebinding). Only http and https; only redirects that keep method and
 * body (307, 308; RFC 9110 §15.4) are followed. Neither outcomes nor errors carry the URL: paths of webhooks are secrets.
 */
export interface OutgoingHttp {
  post(request: OutgoingRequest): Promise<OutgoingOutcome>;
}

export function outgoingHttp(options: OutgoingHttpOptions): OutgoingHttp {
  return { post: (request) => follow(options, request) };
}

const keepingRedirects = new Set([307, 308]);

async function follow(options: OutgoingHttpOptions, request: OutgoingRequest): Promise<OutgoingOutcome> {
  const signal = AbortSignal.timeout(request.timeoutMs);
  let { url } = request;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await send(options, { ...request, url }, redirects === 0, signal);
    if (answer.kind !== "answered" || answer.location === undefined || !keepingRedirects.has(answer.status)) {
      return answer.kind === "answered" ? withoutLocation(answer) : answer;
    }
    if (redirects === redirectLimit) return { kind: "refused", reason: `more than ${redirectLimit} redirects` };
    if (!URL.canParse(answer.location, url.href)) return { kind: "refused", reason: "a redirect to what is no URL" };
    const next = new URL(answer.location, url);
    if (url.protocol === "https:" && next.protocol !== "https:") {
      return { kind: "refused", reason: "a redirect from https to another scheme" };
    }
    url = next;
  }
}

interface Answer extends Extract<OutgoingOutcome, { readonly kind: "answered" }> {
  readonly location: string | undefined;
}

const withoutLocation = ({ kind, status, retryAfter, excerpt }: Answer): OutgoingOutcome => ({
  kind,
  status,
  retryAfter,
  excerpt,
});

type Sent = Answer | Exclude<OutgoingOutcome, { readonly kind: "answered" }>;

/** @param first credentials in a URL and headers are for the host that the user named, not for where it sends us */
async function send(
  options: OutgoingHttpOptions,
  request: OutgoingRequest,
  first: boolean,
  signal: AbortSignal,
): Promise<Sent> {
  const { url } = request;
  if (url.protocol !== "https:" && url.protocol !== "http:") return { kind: "refused", reason: "only http and https" };
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const resolved = await resolveName(options.resolve ?? resolveBySystem, host, signal);
  if (resolved.kind === "failed") return resolved;
  const [address] = resolved.addresses;
  if (address === undefined) return { kind: "failed", reason: "the host name has no address" };
  for (const each of resolved.addresses) {
    const verdict = judgeAddress(each, options.policy);
    if (verdict.kind === "refused") return verdict;
  }
  const secure = url.protocol === "https:";
  const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  const target = options.connectTo?.(address, port) ?? { address, port };
  const body = Buffer.from(request.body);
  const headers: Record<string, string> = {
    ...(first ? { ...request.headers, ...basicCredentials(url) } : {}),
    host: url.host,
    "content-type": request.contentType,
    "content-length": String(body.length),
    "user-agent": "Vigil",
  };
  const settings: RequestOptions = {
    method: "POST",
    host: target.address,
    port: target.port,
    path: `${url.pathname}${url.search}`,
    headers,
    signal,
    // one connection per call: a pooled one would have been judged for an earlier answer of the resolver
    agent: false,
  };
  const call = (): ClientRequest =>
    secure
      ? requestSecurely({
          ...settings,
          // whose certificate is asked for and checked; an IP address is checked as such, and never sent (RFC 6066 §3)
          servername: isIP(host) === 0 ? host : "",
          ...(options.authority !== undefined && { ca: options.authority }),
        })
      : requestPlain(settings);
  return await exchange(call, body, signal);
}

async function exchange(call: () => ClientRequest, body: Buffer, signal: AbortSignal): Promise<Sent> {
  return await new Promise((resolve) => {
    const fail = (error: unknown): void => {
      resolve({ kind: "failed", reason: signal.aborted ? "no answer in time" : describeFault(error) });
    };
    const request = call();
    request.once("error", fail);
    request.once("response", (response) => {
      readExcerpt(response).then((excerpt) => {
        request.destroy();
        const { statusCode: status = 0, headers } = response;
        resolve({ kind: "answered", status, retryAfter: headers["retry-after"], location: headers.location, excerpt });
      }, fail);
    });
    request.end(body);
  });
}

/** Reads an answer up to its limit: a receiver that streams forever must not hold a function. */
async function readExcerpt(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= answerLimit) break;
  }
  const text = Buffer.concat(chunks).toString("utf8");
  return text
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .slice(0, excerptLength);
}

type Resolved =
  | { readonly kind: "resolved"; readonly addresses: readonly string[] }
  | { readonly kind: "failed"; readonly reason: string };

async function resolveName(resolve: Resolve, host: string, signal: AbortSignal): Promise<Resolved> {
  if (isIP(host) !== 0) return { kind: "resolved", addresses: [host] };
  try {
    const addresses = await Promise.race([resolve(host), rejectionOf(signal)]);
    return { kind: "resolved", addresses };
  } catch (error) {
    return { kind: "failed", reason: signal.aborted ? "no answer in time" : describeFault(error) };
  }
}

const resolveBySystem: Resolve = async (host) =>
  (await resolveWithSystem(host, { all: true, verbatim: true })).map(({ address }) => address);

const rejectionOf = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const abort = (): void => {
      reject(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
    };
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });

function basicCredentials({ username, password }: URL): { readonly authorization?: string } {
  if (username === "" && password === "") return {};
  const pair = `${decode(username)}:${decode(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

/** URLs may hold percent signs that encode nothing. */
const decode = (text: string): string =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll("%", ""), "hex").toString("utf8"));

/** What went wrong in words that hold neither URL nor name: Node's messages carry both. */
function describeFault(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return faults[code] ?? (code === "" ? "the call failed" : `the call failed (${code})`);
}

const faults: Readonly<Record<string, string>> = {
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name could not be resolved",
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was closed before the answer",
  EPIPE: "the connection was closed before the answer",
  ETIMEDOUT: "the connection could not be made in time",
  EHOSTUNREACH: "the host can't be reached",
  ENETUNREACH: "the network can't be reached",
  CERT_HAS_EXPIRED: "the certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the certificate is signed by itself",
  SELF_SIGNED_CERT_IN_CHAIN: "the certificate's authority is not trusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the certificate's authority is not trusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the certificate's authority is not trusted",
  ERR_TLS_CERT_ALTNAME_INVALID: "the certificate is for another name",
};
