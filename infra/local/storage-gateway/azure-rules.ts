import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  StorageSharedKeyCredential,
  generateAccountSASQueryParameters,
} from "@azure/storage-blob";
import { type Service } from "../../../shared/storage-analytics/log-entry.js";
import { type StorageAccount } from "../storage-accounts.js";
import { batchLimit, guardBatch, replaceBody } from "./batch-guard.js";
import { append, mayListLogs, nextMarkerOf, withoutLogs } from "./container-listing.js";
import { type RequestHead } from "./http-head.js";
import { type Answer, type HeldResponse, type Intercept, type Interception } from "./interception.js";
import { blobAddress, changesLogs, effectiveMethod, logsAreReadOnly, mayNameLogs } from "./logs-guard.js";
import { type Headers, indexHeaders } from "./raw-headers.js";
import { type RequestAddress, parseRequestAddress } from "./request-address.js";
import { checkServiceProperties, trimBooleans } from "./service-properties.js";
import { type StorageError, answerWithError } from "./storage-error.js";

/** Longest body of Set Service Properties that is read, bytes; CORS rules alone may have some 10 KiB. */
export const propertiesLimit = 128 * 1024;
/** Longest page of List Containers that is edited, bytes: 5,000 containers with as much metadata as Azure allows. */
export const listingLimit = 64 * 1024 * 1024;
/** How long Azurite may take for the containers that fill up a page, milliseconds. */
const refillLimitMs = 10_000;

export interface AzureRulesOptions {
  readonly service: Service;
  /** Azurite's Blob service, `http://127.0.0.1:20000`. */
  readonly azuriteBlob: string;
  readonly accounts: readonly StorageAccount[];
}

/** What Azure does and Azurite does not: checks of Set Service Properties, and a `$logs` that is hidden and guarded. */
export function interceptAsAzure(options: AzureRulesOptions): Intercept {
  const { service } = options;
  return (head) => {
    const { method, target } = head;
    // most requests end here: these tests are all that they pay
    if (method === "PUT" && target.includes("properties")) {
      const headers = indexHeaders(head.headers);
      const address = parseRequestAddress(service, target, headers.get("host") ?? "");
      if (setsProperties(address, headers)) return checkProperties(service, head, headers, address);
    }
    return service === "blob" ? interceptBlobRequest(head, options) : undefined;
  };
}

function interceptBlobRequest(head: RequestHead, options: AzureRulesOptions): Interception | undefined {
  const { method, target } = head;
  const logs = mayNameLogs(target);
  const batch = method === "POST" && target.includes("batch");
  const list = target.includes("list");
  if (!logs && !batch && !list) return undefined;
  const headers = indexHeaders(head.headers);
  const address = blobAddress(target, headers);
  if (logs && changesLogs(method, address, headers)) {
    return { kind: "refuse", answer: answerWithError("blob", logsAreReadOnly, head.headers) };
  }
  if (batch && address.query.get("comp") === "batch") {
    return {
      kind: "check-body",
      limit: batchLimit,
      tooLong: answerWithError("blob", tooLarge(batchLimit), head.headers),
      check: (body) => guardBatch(body, headers),
    };
  }
  const lists = address.resource.kind === "service" && address.query.get("comp") === "list";
  if (!list || !lists || effectiveMethod(method, headers) !== "GET" || !mayListLogs(address.query)) return undefined;
  return {
    kind: "edit-response",
    limit: listingLimit,
    edit: (response) => hideLogs(response, address, headers, options),
  };
}

// ---- Set Service Properties

function setsProperties({ resource, query }: RequestAddress, headers: Headers): boolean {
  const wanted = query.get("restype") === "service" && query.get("comp") === "properties";
  return wanted && resource.kind === "service" && effectiveMethod("PUT", headers) === "PUT";
}

/**
 * A body that breaks a rule is replaced by blanks. Azurite authenticates a request before it reads the body, so a
 * caller that may not set properties gets Azurite's 403; to blanks it answers 500 and changes nothing, and then the
 * caller gets Azure's 400.
 */
function checkProperties(
  service: Service,
  head: RequestHead,
  headers: Headers,
  { query }: RequestAddress,
): Interception {
  const version = headers.get("x-ms-version") ?? query.get("api-version") ?? query.get("sv");
  return {
    kind: "check-body",
    limit: propertiesLimit,
    tooLong: answerWithError(service, tooLarge(propertiesLimit), head.headers),
    check: (body) => {
      const text = body.toString("utf8");
      const error = checkServiceProperties(service, version, text);
      if (error === undefined) {
        const trimmed = Buffer.from(trimBooleans(text));
        return trimmed.equals(body) ? undefined : { body: trimmed, edit: () => undefined };
      }
      return {
        body: Buffer.alloc(body.length, " "),
        edit: ({ status }) =>
          status === 401 || status === 403 ? undefined : answerWithError(service, error, head.headers),
      };
    },
  };
}

const tooLarge = (limit: number): StorageError => ({
  status: 413,
  code: "RequestBodyTooLarge",
  message: `The request body is too large and exceeds the maximum permissible limit of ${limit} bytes.`,
});

// ---- List Containers

async function hideLogs(
  response: HeldResponse,
  address: RequestAddress,
  headers: Headers,
  options: AzureRulesOptions,
): Promise<Answer | undefined> {
  if (response.status !== 200) return undefined;
  const page = withoutLogs(response.body.toString("utf8"));
  if (page === undefined) return undefined;
  const marker = nextMarkerOf(page);
  const next = marker === undefined ? undefined : await fetchNext(marker, address, headers, options);
  return replaceBody(response, Buffer.from(next === undefined ? page : append(page, next)));
}

/**
 * The container that takes the place of `$logs`, so that a page has as many as it would have in Azure. Asked for in
 * the gateway's own name: the caller's signature covers the caller's own parameters only.
 *
 * @returns undefined where Azurite does not say: a page may have fewer than the caller asked for
 */
async function fetchNext(
  marker: string,
  { account: name, query }: RequestAddress,
  headers: Headers,
  { azuriteBlob, accounts }: AzureRulesOptions,
): Promise<string | undefined> {
  const account = accounts.find((each) => each.name === name);
  if (account === undefined) return undefined;
  const parameters = new URLSearchParams({ comp: "list", maxresults: "1", marker });
  for (const parameter of ["prefix", "include"]) {
    const value = query.get(parameter);
    if (value !== undefined) parameters.set(parameter, value);
  }
  const sas = generateAccountSASQueryParameters(
    {
      services: AccountSASServices.parse("b").toString(),
      resourceTypes: AccountSASResourceTypes.parse("s").toString(),
      permissions: AccountSASPermissions.parse("l"),
      expiresOn: new Date(Date.now() + 60_000),
    },
    new StorageSharedKeyCredential(account.name, account.key),
  );
  const version = headers.get("x-ms-version");
  try {
    const response = await fetch(`${azuriteBlob}/${name}?${parameters.toString()}&${sas.toString()}`, {
      headers: version === undefined ? {} : { "x-ms-version": version },
      signal: AbortSignal.timeout(refillLimitMs),
    });
    return response.status === 200 ? await response.text() : undefined;
  } catch (error) {
    // TypeError: Azurite went away in between; TimeoutError: it hangs
    if (error instanceof TypeError || (error instanceof DOMException && error.name === "TimeoutError")) {
      return undefined;
    }
    throw error;
  }
}
