/** Settings that Azure App Service, and nothing on a laptop, puts into the environment. */
const azureMarks = ["WEBSITE_INSTANCE_ID", "WEBSITE_SITE_NAME"] as const;

const loopbackHosts = new Set(["localhost", "127.0.0.1", "[::1]"]);

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Why `VIGIL_AUTH=development`, which lets every caller on this machine do everything, may not be used here.
 *
 * `CONTAINER_NAME` and `KUBERNETES_SERVICE_HOST` are no evidence: build machines have them, too.
 * @returns undefined where it may be used: on a Functions host that says `Development`, outside Azure
 */
export function refuseDevelopmentMode(environment: Environment): string | undefined {
  const mark = azureMarks.find((name) => (environment[name] ?? "") !== "");
  if (mark !== undefined) return `it is for laptops, and ${mark} says that this is Azure`;
  if (environment["AZURE_FUNCTIONS_ENVIRONMENT"] !== "Development") {
    return "it is for laptops, where the Functions host sets AZURE_FUNCTIONS_ENVIRONMENT to Development";
  }
  return undefined;
}

/** What the log says at start of a mode that lets in everybody or nobody; undefined: a credential decides. */
export function describeMode(auth: "development" | "entra" | undefined): string | undefined {
  switch (auth) {
    case "development":
      return "VIGIL_AUTH is development: every caller on this machine may do everything";
    case undefined:
      return "VIGIL_AUTH is not set: every request but those for /health and /openapi.json is answered with 401";
    case "entra":
      return undefined;
    default:
      throw new Error(`unknown mode ${JSON.stringify(auth satisfies never)}`);
  }
}

export type Admission =
  | { readonly kind: "admitted" }
  | { readonly kind: "refused"; readonly reason: "no-credential" | "foreign-host" | "forwarded" };

/**
 * Decides whether a request without a credential may be answered.
 *
 * In development mode only requests that this machine made to itself are: a foreign host name in the URL is how a web
 * page reaches a loopback port (DNS rebinding), `X-Forwarded-For` how a proxy passes on a stranger.
 * @param auth as in `VIGIL_AUTH`; in any other mode a credential is needed, so everything but `development` refuses
 */
export function admit(
  auth: "development" | "entra" | undefined,
  request: { readonly url: string; readonly headers: { has(name: string): boolean } },
): Admission {
  if (auth !== "development") return { kind: "refused", reason: "no-credential" };
  if (request.headers.has("x-forwarded-for")) return { kind: "refused", reason: "forwarded" };
  if (!loopbackHosts.has(new URL(request.url).hostname)) return { kind: "refused", reason: "foreign-host" };
  return { kind: "admitted" };
}
