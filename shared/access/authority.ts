/** Where one tenant's tokens come from. */
export interface Authority {
  /** Lower case. */
  readonly tenantId: string;
  /** The tenant's public keys. */
  readonly keysUrl: URL;
  /** Names that it gives itself in `iss`: of v1 tokens and of v2 ones. */
  readonly issuers: readonly string[];
  /** Where a client asks for a token; for the challenge of a 401. */
  readonly authorizeUrl: string;
}

export const publicAuthorityHost = "https://login.microsoftonline.com";

/** Issuer of v1 tokens by host of the authority; the public and the US Government cloud share one. */
const firstVersionIssuers: ReadonlyMap<string, string> = new Map([
  ["login.partner.microsoftonline.cn", "https://sts.chinacloudapi.cn"],
  ["login.chinacloudapi.cn", "https://sts.chinacloudapi.cn"],
]);

/**
 * Addresses and issuers of a tenant.
 *
 * Nothing of it is read from the network: what may issue tokens must not depend on an answer.
 * @param host such as {@link publicAuthorityHost}; a laptop's identity provider, or another cloud's
 */
export function authorityOf(host: string, tenantId: string): Authority {
  const base = host.replace(/\/+$/, "");
  const tenant = tenantId.toLowerCase();
  const firstVersion = firstVersionIssuers.get(new URL(base).hostname) ?? "https://sts.windows.net";
  return {
    tenantId: tenant,
    keysUrl: new URL(`${base}/${tenant}/discovery/v2.0/keys`),
    issuers: [`${firstVersion}/${tenant}/`, `${base}/${tenant}/v2.0`],
    authorizeUrl: `${base}/${tenant}/oauth2/v2.0/authorize`,
  };
}
