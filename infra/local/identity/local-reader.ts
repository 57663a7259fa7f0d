import { readFile } from "node:fs/promises";
import { request as httpsRequest } from "node:https";
import { join } from "node:path";

import { applications } from "./tenant.js";

/** What a `WWW-Authenticate` of Vigil says about where tokens come from. */
interface TokenSource {
  readonly tokenUrl: string;
  readonly scope: string;
}

/** Applications of the local tenant that programs of this laptop speak as. */
export type LocalRole = "reader" | "contributor";

export interface LocalRequest {
  readonly method?: "GET" | "PUT" | "POST" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: string;
}

const timeoutMs = 10_000;

/** As {@link openLocalClient}, for programs that only read. */
export function openLocalReader(
  dataFolder: string,
): (url: string, headers?: Record<string, string>) => Promise<Response> {
  const send = openLocalClient(dataFolder, "reader");
  return (url, headers = {}) => send(url, { headers });
}

/**
 * A `fetch` for programs of this laptop that may read the stack's data folder: when the app wants a token, it gets one
 * of an application from the local identity provider, as the app's challenge says, and asks again.
 *
 * The secret goes to nobody but a server under the folder's own certificate authority.
 */
export function openLocalClient(
  dataFolder: string,
  role: LocalRole,
): (url: string, request: LocalRequest) => Promise<Response> {
  let token: string | undefined;
  return async (url, { method = "GET", headers = {}, body }) => {
    const type: Readonly<Record<string, string>> = body === undefined ? {} : { "content-type": "application/json" };
    const send = (): Promise<Response> =>
      fetch(url, {
        method,
        headers: { ...type, ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
        ...(body !== undefined && { body }),
      });
    const response = await send();
    const source = response.status === 401 ? sourceOf(response.headers.get("www-authenticate") ?? "") : undefined;
    if (source === undefined) return response;
    await response.body?.cancel();
    token = await requestToken(source, dataFolder, role);
    return await send();
  };
}

function sourceOf(challenge: string): TokenSource | undefined {
  const value = (name: string): string | undefined => new RegExp(`\\b${name}="([^"]*)"`).exec(challenge)?.[1];
  const authorize = value("authorization_uri");
  const resource = value("resource_id");
  if (authorize === undefined || resource === undefined) return undefined;
  return { tokenUrl: authorize.replace(/\/authorize$/, "/token"), scope: `${resource}/.default` };
}

async function requestToken({ tokenUrl, scope }: TokenSource, dataFolder: string, role: LocalRole): Promise<string> {
  const [ca, secrets] = await Promise.all([
    readFile(join(dataFolder, "certificates", "authority.crt"), "utf8"),
    readFile(join(dataFolder, "identity", "client-secrets.json"), "utf8"),
  ]);
  const application = applications.find(({ name }) => name === role);
  const secret = (JSON.parse(secrets) as Readonly<Record<string, string>>)[role];
  if (application === undefined || secret === undefined) throw new Error(`${dataFolder} has no secret of ${role}`);
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: application.clientId,
    client_secret: secret,
    scope,
  });
  const { access_token: token } = JSON.parse(await post(tokenUrl, form.toString(), ca)) as { access_token?: string };
  if (token === undefined) throw new Error(`${tokenUrl} gave no token`);
  return token;
}

/** `node:https` because `fetch` can't be told of one more authority. */
function post(url: string, form: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/x-www-form-urlencoded", "content-length": Buffer.byteLength(form) };
    const options = { method: "POST", ca, headers, agent: false, timeout: timeoutMs };
    const request = httpsRequest(url, options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.once("end", () => {
        resolve(text);
      });
    });
    request.once("timeout", () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    request.once("error", (error) => {
      reject(new Error(`asking ${url} for a token`, { cause: error }));
    });
    request.end(form);
  });
}
