/** `Host.CORS` and `Host.CORSCredentials` of local.settings.json (§10.2). */
export type CorsSettings = { readonly origins: readonly string[]; readonly credentials: boolean };

export type CorsAnswer = {
  /** Answered before routing (§6.1). */
  readonly preflight: boolean;
  readonly headers: Readonly<Record<string, string>>;
};

/** What CORS adds to an answer; undefined when the request is none of its business. */
export function answerCors(
  settings: CorsSettings | undefined,
  method: string,
  headers: Readonly<Record<string, string | undefined>>,
): CorsAnswer | undefined {
  const { origin } = headers;
  if (settings === undefined || origin === undefined) return undefined;
  const requested = headers["access-control-request-method"];
  const preflight = method === "OPTIONS" && requested !== undefined;
  const any = settings.origins.includes("*");
  const allowed = any || settings.origins.some((each) => each.toLowerCase() === origin.toLowerCase());
  if (!allowed) return preflight ? { preflight, headers: {} } : undefined;

  const answer: Record<string, string> = {};
  if (any && !settings.credentials) answer["Access-Control-Allow-Origin"] = "*";
  else Object.assign(answer, { "Access-Control-Allow-Origin": origin, Vary: "Origin" });
  if (settings.credentials) answer["Access-Control-Allow-Credentials"] = "true";
  if (preflight) {
    answer["Access-Control-Allow-Methods"] = requested;
    const wanted = headers["access-control-request-headers"];
    if (wanted !== undefined) answer["Access-Control-Allow-Headers"] = wanted;
  }
  return { preflight, headers: answer };
}
