import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";

import type { KeyedCertificate } from "../certificates/certificate.js";
import { claimsOf, firstVersionIssuer, secondVersionIssuer, signToken, tokenLifetime } from "./access-token.js";
import { describeEntraError, entraError, type EntraError } from "./entra-error.js";
import { openIdentityFolder, type IdentityFolder } from "./identity-folder.js";
import { localTenantId } from "./tenant.js";
import { decideTokenRequest } from "./token-request.js";

export interface IdentityProviderOptions {
  /** When it is busy, a free one is taken; 0 takes any. Clients learn it from `url`. */
  readonly port: number;
  readonly dataFolder: string;
  /** Of the server, from `openCertificates`. */
  readonly certificate: KeyedCertificate;
  readonly now?: () => Date;
}

export interface IdentityProvider {
  /** `https://127.0.0.1:<port>`: what clients get as `authorityHost`, and the app as `VIGIL_AUTHORITY_HOST`. */
  readonly url: string;
  readonly folder: IdentityFolder;
  stop(): Promise<void>;
}

/** Bytes; a token request has some 300. */
export const maxBodyBytes = 64 * 1024;

interface Answer {
  readonly status: number;
  readonly body: object;
}

/** Starts an identity provider that does for client credentials what Entra ID does, over TLS on 127.0.0.1. */
export async function startIdentityProvider(options: IdentityProviderOptions): Promise<IdentityProvider> {
  const folder = await openIdentityFolder(options.dataFolder);
  const { certificate, privateKey } = options.certificate;
  const now = options.now ?? (() => new Date());
  let url = "";
  const server = createServer({ cert: certificate, key: privateKey }, (request, response) => {
    answer(request, folder, url, now()).then(
      (found) => {
        send(response, found);
      },
      (error: unknown) => {
        console.error("identity provider:", error);
        send(response, { status: 500, body: { error: "server_error" } });
      },
    );
  });
  await listen(server, options.port);
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    folder,
    stop: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeIdleConnections();
      await closed;
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    if (port === 0 || !(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) {
      throw new Error(`opening port ${port} for the identity provider`, { cause: error });
    }
    await listen(server, 0);
  }
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}

async function answer(request: IncomingMessage, folder: IdentityFolder, url: string, now: Date): Promise<Answer> {
  const { pathname } = new URL(request.url ?? "/", url);
  const [, tenant = "", ...rest] = pathname.split("/");
  const path = rest.join("/");
  const found = findEndpoint(request.method ?? "", path);
  if (found === undefined) return { status: 404, body: { error: "not_found" } };
  if (tenant.toLowerCase() !== localTenantId) return describeEntraError(entraError(90002, tenant, localTenantId), now);
  switch (found) {
    case "configuration-v1":
    case "configuration-v2":
      return { status: 200, body: configurationOf(url, found === "configuration-v1" ? "v1.0" : "v2.0") };
    case "keys":
      return { status: 200, body: { keys: [folder.key.publicJwk] } };
    case "token-v1":
    case "token-v2":
      return await issue(request, found === "token-v1" ? "v1.0" : "v2.0", folder, url, now);
    default:
      throw new Error(`unknown endpoint ${JSON.stringify(found satisfies never)}`);
  }
}

const endpoints = {
  "GET .well-known/openid-configuration": "configuration-v1",
  "GET v2.0/.well-known/openid-configuration": "configuration-v2",
  "GET discovery/keys": "keys",
  "GET discovery/v2.0/keys": "keys",
  "POST oauth2/token": "token-v1",
  "POST oauth2/v2.0/token": "token-v2",
} as const;
type Endpoint = (typeof endpoints)[keyof typeof endpoints];

const findEndpoint = (method: string, path: string): Endpoint | undefined =>
  Object.entries(endpoints).find(([name]) => name === `${method} ${path}`)?.[1];

/** OpenID Connect discovery document, with what clients of client credentials look for. */
function configurationOf(url: string, version: "v1.0" | "v2.0"): object {
  const base = `${url}/${localTenantId}`;
  const part = version === "v2.0" ? "v2.0/" : "";
  return {
    issuer: version === "v2.0" ? secondVersionIssuer(url) : firstVersionIssuer,
    token_endpoint: `${base}/oauth2/${part}token`,
    authorization_endpoint: `${base}/oauth2/${part}authorize`,
    jwks_uri: `${base}/discovery/${part}keys`,
    token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
    grant_types_supported: ["client_credentials"],
    response_types_supported: ["token"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    tenant_region_scope: null,
    cloud_instance_name: new URL(url).host,
  };
}

async function issue(
  request: IncomingMessage,
  endpoint: "v1.0" | "v2.0",
  folder: IdentityFolder,
  url: string,
  now: Date,
): Promise<Answer> {
  const form = await readForm(request);
  if (form === "too-large") return { status: 413, body: { error: "invalid_request" } };
  const decision = "kind" in form ? form : decideTokenRequest(endpoint, form, folder.applications);
  if (decision.kind === "error") return describeEntraError(decision, now);
  const accessToken = await signToken(claimsOf(decision, url, now), folder.key);
  const lifetime = tokenLifetime - 1;
  const expiresOn = Math.floor(now.getTime() / 1000) + tokenLifetime;
  // the first version has its numbers as text
  const body =
    endpoint === "v2.0"
      ? { token_type: "Bearer", expires_in: lifetime, ext_expires_in: lifetime, access_token: accessToken }
      : {
          ...{ token_type: "Bearer", expires_in: String(lifetime), ext_expires_in: String(lifetime) },
          ...{ expires_on: String(expiresOn), not_before: String(expiresOn - tokenLifetime) },
          ...{ resource: decision.name, access_token: accessToken },
        };
  return { status: 200, body };
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams | EntraError | "too-large"> {
  const type = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) return "too-large";
    chunks.push(chunk);
  }
  if (type !== "application/x-www-form-urlencoded") return entraError(900144, "grant_type");
  const form = new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
  // RFC 6749 §2.3.1: the other way to send id and secret, each form-encoded
  const [, basic] = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(request.headers.authorization ?? "") ?? [];
  const [id, secret] = (basic === undefined ? "" : Buffer.from(basic, "base64").toString("utf8")).split(":", 2);
  if (id !== undefined && secret !== undefined) {
    const plain = (text: string): string => new URLSearchParams(`x=${text}`).get("x") ?? "";
    form.append("client_id", plain(id));
    form.append("client_secret", plain(secret));
  }
  return form;
}
