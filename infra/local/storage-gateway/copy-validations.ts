import { type RequestHead } from "./http-head.js";
import { findHeader } from "./raw-headers.js";

/**
 * Tells the reads by which Azurite itself checks the source of a copy.
 *
 * Before it copies a SAS source or another account's, Azurite 3.35 asks the source's URL, which is the gateway's, for
 * the blob's metadata (`BlobHandler.validateCopySource`). Azure's front end does no such request, so it must not be
 * logged. It is told by its head: axios' user agent, nothing that a storage client sends, from this machine, for the
 * source of a copy that runs through this gateway at that moment; and once for each copy.
 */
export class CopyValidations {
  /** Sources that are still to be checked, by the headers of the copy: an exchange has the same array. */
  readonly #expected = new Map<readonly string[], string>();
  readonly #validations = new WeakSet<readonly string[]>();

  /** Takes note of a request of the Blob service that begins. Called for each of them: must be cheap. */
  begin({ method, target, headers }: RequestHead): void {
    if (method === "PUT") {
      const source = findHeader(headers, "x-ms-copy-source");
      if (source !== undefined) this.#expected.set(headers, source);
    } else if (method === "GET" && this.#expected.size > 0 && comesFromAxios(headers)) {
      const url = `http://${findHeader(headers, "host") ?? ""}${target}`;
      const copy = [...this.#expected].find(([, source]) => isMetadataOf(url, source));
      if (copy === undefined) return;
      this.#expected.delete(copy[0]);
      this.#validations.add(headers);
    }
  }

  /**
   * A request of the Blob service has ended.
   * @returns whether it was Azurite's
   */
  end({
    requestHeaders,
    clientAddress,
  }: {
    readonly requestHeaders: readonly string[];
    clientAddress: string;
  }): boolean {
    this.#expected.delete(requestHeaders);
    return this.#validations.has(requestHeaders) && /^(?:::ffff:)?127\.|^::1$/i.test(clientAddress);
  }
}

const comesFromAxios = (headers: readonly string[]): boolean =>
  findHeader(headers, "user-agent")?.startsWith("axios/") === true &&
  !headers.some((name, index) => index % 2 === 0 && /^(?:authorization$|x-ms-)/i.test(name));

/** Compared decoded, since Azurite writes the URL anew. */
function isMetadataOf(url: string, source: string): boolean {
  if (!URL.canParse(url) || !URL.canParse(source)) return false;
  const expected = new URL(source);
  expected.searchParams.set("comp", "metadata");
  return comparable(new URL(url)) === comparable(expected);
}

function comparable(url: URL): string {
  url.searchParams.sort();
  return `${url.host}${url.pathname}?${url.searchParams.toString()}`;
}
