import { randomUUID } from "node:crypto";

import { SignJWT } from "jose";

import type { SigningKey } from "./identity-folder.js";
import { localTenantId, vigilClientId } from "./tenant.js";
import type { Granted } from "./token-request.js";

/** Seconds. */
export const tokenLifetime = 3_600;

/** Issuer of v1 tokens; Azurite takes no other kind. */
export const firstVersionIssuer = `https://sts.windows.net/${localTenantId}/`;

/** Issuer of v2 tokens of the provider at a URL. */
export const secondVersionIssuer = (url: string): string => `${url}/${localTenantId}/v2.0`;

/** Claims as Entra ID puts them into a token for an application. Source: "Access token claims reference". */
export function claimsOf({ application, resource, name }: Granted, url: string, now: Date): Record<string, unknown> {
  const second = Math.floor(now.getTime() / 1000);
  const first = resource.tokenVersion === 1;
  return {
    aud: first ? name : vigilClientId,
    iss: first ? firstVersionIssuer : secondVersionIssuer(url),
    iat: second,
    nbf: second,
    exp: second + tokenLifetime,
    ...(first
      ? { appid: application.clientId, appidacr: "1", idp: firstVersionIssuer }
      : { azp: application.clientId, azpacr: "1" }),
    app_displayname: application.name,
    idtyp: "app",
    oid: application.objectId,
    sub: application.objectId,
    tid: localTenantId,
    ...(resource.vigilRoles && application.role !== undefined && { roles: [application.role] }),
    uti: randomUUID(),
    ver: first ? "1.0" : "2.0",
  };
}

/** Signs a token. */
export function signToken(claims: Record<string, unknown>, { keyId, privateKey }: SigningKey): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: "RS256", typ: "JWT", kid: keyId }).sign(privateKey);
}
