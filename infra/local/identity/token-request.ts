import { createHash, timingSafeEqual } from "node:crypto";

import { entraError, type EntraError } from "./entra-error.js";
import { localTenantId, resources, type Application, type Resource } from "./tenant.js";

/** An application together with what it proves itself by. */
export interface RegisteredApplication extends Application {
  /** Secret. */
  readonly secret: string;
}

/** A request that gets a token. */
export interface Granted {
  readonly kind: "granted";
  readonly application: Application;
  readonly resource: Resource;
  /** As the client named the resource; `aud` of v1 tokens. */
  readonly name: string;
}

/**
 * Decides on a request for a token with client credentials.
 * @param endpoint `v2.0` names the resource by `scope`, the first version by `resource`
 * @param form the body, and what a Basic header adds to it
 */
export function decideTokenRequest(
  endpoint: "v1.0" | "v2.0",
  form: URLSearchParams,
  registered: readonly RegisteredApplication[],
): Granted | EntraError {
  const twice = [...form.keys()].find((name) => form.getAll(name).length > 1);
  if (twice !== undefined) return entraError(900382, twice);
  const nameOfResource = endpoint === "v2.0" ? "scope" : "resource";
  const missing = ["grant_type", "client_id", nameOfResource].find((name) => (form.get(name) ?? "") === "");
  if (missing !== undefined) return entraError(900144, missing);
  const value = (name: string): string => form.get(name) ?? "";

  if (value("grant_type") !== "client_credentials") return entraError(70003, value("grant_type"));
  const application = registered.find(({ clientId }) => clientId === value("client_id").toLowerCase());
  if (application === undefined) return entraError(700016, value("client_id"), localTenantId);
  if (value("client_secret") === "") return entraError(7000216);
  if (!sameSecret(value("client_secret"), application.secret)) return entraError(7000215, application.clientId);

  const name = endpoint === "v2.0" ? resourceOfScope(value("scope")) : value("resource");
  if (name === undefined) return entraError(1002012, value("scope"));
  const resource = resources.find(({ names }) => names.test(name));
  if (resource === undefined) return entraError(500011, name, localTenantId);
  const { name: called, clientId, objectId, role } = application;
  return { kind: "granted", application: { name: called, clientId, objectId, role }, resource, name };
}

/** `https://storage.azure.com/.default` names `https://storage.azure.com`; `…com//.default` names it with its slash. */
function resourceOfScope(scope: string): string | undefined {
  const suffix = "/.default";
  return scope.endsWith(suffix) && !/\s/.test(scope) ? scope.slice(0, -suffix.length) : undefined;
}

function sameSecret(given: string, kept: string): boolean {
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(kept));
}
