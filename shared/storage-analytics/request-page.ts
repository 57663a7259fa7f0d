import { createHash } from "node:crypto";
import { parseJson } from "./json-text.js";
import { type LogEntry } from "./log-entry.js";
import { formatLogEntry } from "./log-line.js";
import { formatStartTime, normaliseStartTime } from "./start-time.js";

/** Entries of one page at most. */
export const maxPageSize = 5_000;

/** The place of an entry in the order of pages. Two entries with the same place are one that was logged twice. */
export interface RequestPlace {
  /** As `LogEntry.requestStartTime`. */
  readonly startTime: string;
  /** The request id; of an entry that has none, a digest of the entry. */
  readonly requestId: string;
  readonly operationCount: number;
}

function placeOf(entry: LogEntry): RequestPlace {
  const { requestStartTime: startTime, requestIdHeader, operationCount = 0 } = entry;
  const requestId =
    requestIdHeader !== "" ? requestIdHeader : createHash("sha256").update(formatLogEntry(entry)).digest("hex");
  return { startTime, requestId, operationCount };
}

/** @returns below 0 if `a` comes first: newest first, then by request id, then the operations in order */
function comparePlaces(a: RequestPlace, b: RequestPlace): number {
  if (a.startTime !== b.startTime) return a.startTime > b.startTime ? -1 : 1;
  if (a.requestId !== b.requestId) return a.requestId < b.requestId ? -1 : 1;
  return a.operationCount - b.operationCount;
}

interface Placed {
  readonly place: RequestPlace;
  readonly entry: LogEntry;
}

/**
 * Selects one page of requests, newest first, from entries that come in any order and perhaps twice (Azure logs some
 * requests twice within an hour). Keeps no more than two pages, whatever passes through.
 */
export class RequestPage {
  readonly #size: number;
  readonly #after: RequestPlace | undefined;
  /** In order and without duplicates up to `#sorted`, then as they came. */
  #candidates: Placed[] = [];
  #sorted = 0;
  /** Place of the last candidate of a full page: nothing after it can enter. */
  #last: RequestPlace | undefined;
  #passedOn = false;

  /**
   * @param size from 1 to `maxPageSize`
   * @param after the last place of the page before; undefined: from the newest
   */
  constructor(size: number, after: RequestPlace | undefined) {
    if (!Number.isInteger(size) || size < 1 || size > maxPageSize) {
      throw new RangeError(`selecting a page: size ${size} is not from 1 to ${maxPageSize}`);
    }
    this.#size = size;
    this.#after = after;
  }

  add(entry: LogEntry): void {
    const place = placeOf(entry);
    if (this.#after !== undefined && comparePlaces(place, this.#after) <= 0) return;
    const afterLast = this.#last === undefined ? -1 : comparePlaces(place, this.#last);
    if (afterLast > 0) this.#passedOn = true;
    if (afterLast >= 0) return;
    this.#candidates.push({ place, entry });
    // log blobs are nearly in order, so sorting now and then costs less than a heap
    if (this.#candidates.length >= 2 * this.#size) this.#cut();
  }

  /**
   * Whether no request that started before a time can enter the page any more. Log blobs of the hours before hold
   * only such requests, so they need not be read: whoever asks then calls `stop`.
   */
  isSettledBefore(time: Date): boolean {
    this.#cut();
    return this.#last !== undefined && this.#last.startTime >= formatStartTime(time);
  }

  /** Not everything was added: there may be more after this page. */
  stop(): void {
    this.#passedOn = true;
  }

  /** @returns the page so far, newest first; `next` is the place after which the next one goes on, if there may be one */
  page(): { readonly entries: readonly LogEntry[]; readonly next: RequestPlace | undefined } {
    this.#cut();
    return {
      entries: this.#candidates.map(({ entry }) => entry),
      next: this.#passedOn ? this.#candidates.at(-1)?.place : undefined,
    };
  }

  #cut(): void {
    if (this.#sorted === this.#candidates.length) return;
    const sorted = this.#candidates.sort((a, b) => comparePlaces(a.place, b.place));
    const distinct = sorted.filter(({ place }, index) => {
      const before = sorted[index - 1];
      return before === undefined || comparePlaces(before.place, place) !== 0;
    });
    if (distinct.length > this.#size) this.#passedOn = true;
    this.#candidates = distinct.slice(0, this.#size);
    this.#sorted = this.#candidates.length;
    if (this.#sorted === this.#size) this.#last = this.#candidates.at(-1)?.place;
  }
}

const tokenVersion = 1;
/** Characters of a continuation token; a request id of a log has a few dozen. */
export const maxTokenLength = 4_096;

export type TokenOutcome =
  { readonly kind: "place"; readonly place: RequestPlace } | { readonly kind: "invalid"; readonly message: string };

/** An opaque token, safe in a URL, from which `parseContinuationToken` gets the place back. */
export function formatContinuationToken({ startTime, requestId, operationCount }: RequestPlace): string {
  return Buffer.from(JSON.stringify([tokenVersion, startTime, requestId, operationCount])).toString("base64url");
}

/** Reads a token that came from outside. It holds no secret and grants nothing: a forged one is only another place. */
export function parseContinuationToken(token: string): TokenOutcome {
  const invalid: TokenOutcome = {
    kind: "invalid",
    message: "must be the continuation token of an earlier answer, unchanged",
  };
  if (token.length > maxTokenLength || !/^[A-Za-z0-9_-]+$/.test(token)) return invalid;
  const parts = parseJson(Buffer.from(token, "base64url").toString("utf8"));
  if (!Array.isArray(parts) || parts.length !== 4 || parts[0] !== tokenVersion) return invalid;
  const [startTime, requestId, operationCount] = parts.slice(1) as readonly unknown[];
  if (typeof startTime !== "string" || normaliseStartTime(startTime) !== startTime) return invalid;
  if (typeof requestId !== "string" || requestId === "") return invalid;
  if (typeof operationCount !== "number" || !Number.isSafeInteger(operationCount) || operationCount < 0) return invalid;
  const place = { startTime, requestId, operationCount };
  return formatContinuationToken(place) === token ? { kind: "place", place } : invalid;
}
