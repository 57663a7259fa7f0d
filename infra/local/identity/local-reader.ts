import { readFile } from "node:fs/promises";
import { request as httpsRequest } from "node:https";
import { join } from "node:path";

import { applications } from "./tenant.js";

/** What a `WWW-Authenticate` of Vigil says about where tokens come from. */
interface TokenSource {
  readonly tokenUrl: string;
  readonly scope: string;
}

const readerName = "reader";
const timeoutMs = 10_000;

/**
 * A `fetch` for programs of this laptop that may read the stack's data folder: when the app wants a token, it gets one
 * of the application `reader` from the local identity provider, as the app's challenge says, and asks again.
 *
 * The secret goes to nobody but a server under the folder's own certificate authority.
 */
export function openLocalReader(
  dataFolder: string,
): (url: string, headers?: Record<string, string>) => Promise<Response> {
  let token: string | undefined;
  return async (url, headers = {}) => {
    const send = (): Promise<Response> =>
      fetch(url, { headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) } });
    const response = await send();
    const source = response.status === 401 ? sourceOf(response.headers.get("www-authenticate") ?? "") : undefined;
    if (source === undefined) return response;
    await response.body?.cancel();
    token = await requestToken(source, dataFolder);
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

async function requestToken({ tokenUrl, scope }: TokenSource, dataFolder: string): Promise<string> {
  const [ca, secrets] = await Promise.all([
    readFile(join(dataFolder, "certificates", "authority.crt"), "utf8"),
    readFile(join(dataFolder, "identity", "client-secrets.json"), "utf8"),
  ]);
  const reader = applications.find(({ name }) => name === readerName);
  const secret = (JSON.parse(secrets) as Readonly<Record<string, string>>)[readerName];
  if (reader === undefined || secret === undefined) throw new Error(`${dataFolder} has no secret of ${readerName}`);
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: reader.clientId,
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
