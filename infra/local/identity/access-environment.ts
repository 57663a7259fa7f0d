import { applications, localTenantId, vigilClientId } from "./tenant.js";

/** Audiences of the official clients whose scope is fixed, as the local identity provider issues them. */
const clientAudiences = [
  "https://management.azure.com",
  "https://metrics.monitor.azure.com",
  "https://monitor.azure.com",
  "https://api.loganalytics.io",
  "https://api.loganalytics.azure.com",
];

/**
 * App settings by which the app trusts the local identity provider.
 *
 * Roles in tokens for Vigil speak for themselves; for tokens that clients get for another audience the same roles are
 * assigned to the same applications.
 * @param url of the identity provider
 * @param keySecret base64, from `openKeySecret`
 */
export function accessEnvironment(url: string, keySecret: string): Readonly<Record<string, string>> {
  const assignments = applications.flatMap(({ objectId, role }) =>
    role === undefined ? [] : [{ principalId: objectId, role, scope: "/" }],
  );
  return {
    VIGIL_TENANT_ID: localTenantId,
    VIGIL_CLIENT_ID: vigilClientId,
    VIGIL_AUTHORITY_HOST: url,
    VIGIL_AUDIENCES: JSON.stringify(clientAudiences),
    VIGIL_KEY_SECRET: keySecret,
    VIGIL_ROLE_ASSIGNMENTS: JSON.stringify(assignments),
  };
}
