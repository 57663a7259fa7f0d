import { type Exchange } from "./exchange.js";

/** What a test says about an exchange; headers as pairs. */
export interface ExchangeSample extends Partial<Omit<Exchange, "requestHeaders" | "responseHeaders">> {
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly responseHeaders?: Readonly<Record<string, string>>;
}

/** For tests only: an exchange that went well, a Get Blob with the account key, but for what the test says. */
export function sampleExchange({ requestHeaders, responseHeaders, ...rest }: ExchangeSample = {}): Exchange {
  const startedAt = rest.startedAt ?? Date.UTC(2026, 10, 24, 8, 30, 0, 123) + 0.4567;
  return {
    service: "blob",
    startedAt,
    endedAt: startedAt + 12.9,
    waitedForClientMs: 3,
    secure: false,
    method: "GET",
    target: "/devstoreaccount1/photos/lake.jpg",
    requestHeaderSize: 283,
    requestBodySize: 0,
    status: 200,
    responseHeaderSize: 354,
    responseBodySize: 23,
    clientAddress: "127.0.0.1",
    clientPort: 54321,
    ending: "completed",
    requestBody: undefined,
    responseBody: undefined,
    bodyMd5: undefined,
    ...rest,
    requestHeaders: Object.entries({
      Host: "127.0.0.1:10000",
      "x-ms-version": "2020-10-02",
      Authorization: "SharedKey devstoreaccount1:c2lnbmF0dXJl",
      ...requestHeaders,
    }).flat(),
    responseHeaders: Object.entries({
      "x-ms-request-id": "61d2e3f6-bcb7-4cd1-a81e-4f8f497f0da2",
      "x-ms-version": "2025-11-05",
      ...responseHeaders,
    }).flat(),
  };
}
