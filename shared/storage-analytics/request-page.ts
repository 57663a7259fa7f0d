import { createHash } from "node:crypto";
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
 * requests twice within an hour). Keeps no more than the page, whatever passes through.
 */
export class RequestPage {
  readonly #size: number;
  readonly #after: RequestPlace | undefined;
  /** A heap with the entry on top that would have to leave first. */
  readonly #heap: Placed[] = [];
  readonly #kept = new Set<string>();
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
    const last = this.#heap.length === this.#size ? this.#heap[0] : undefined;
    if (last !== undefined && entry.requestStartTime < last.place.startTime) {
      this.#passedOn = true;
      return;
    }
    if (this.#after !== undefined && entry.requestStartTime > this.#after.startTime) return;
    const place = placeOf(entry);
    if (this.#after !== undefined && comparePlaces(place, this.#after) <= 0) return;
    const key = keyOf(place);
    if (this.#kept.has(key)) return;
    if (last !== undefined) {
      this.#passedOn = true;
      if (comparePlaces(place, last.place) > 0) return;
      this.#kept.delete(keyOf(last.place));
      this.#replaceTop({ place, entry });
    } else {
      this.#push({ place, entry });
    }
    this.#kept.add(key);
  }

  /**
   * Whether no request that started before a time can enter the page any more. Log blobs of the hours before hold
   * only such requests, so they need not be read: whoever asks then calls `stop`.
   */
  isSettledBefore(time: Date): boolean {
    const last = this.#heap.length === this.#size ? this.#heap[0] : undefined;
    return last !== undefined && last.place.startTime >= formatStartTime(time);
  }

  /** Not everything was added: there may be more after this page. */
  stop(): void {
    this.#passedOn = true;
  }

  /** @returns the page so far, newest first; `next` is the place after which the next one goes on, if there may be one */
  page(): { readonly entries: readonly LogEntry[]; readonly next: RequestPlace | undefined } {
    const sorted = [...this.#heap].sort((a, b) => comparePlaces(a.place, b.place));
    return { entries: sorted.map(({ entry }) => entry), next: this.#passedOn ? sorted.at(-1)?.place : undefined };
  }

  #push(item: Placed): void {
    const heap = this.#heap;
    let index = heap.push(item) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#compare(parent, index) >= 0) return;
      this.#swap(parent, index);
      index = parent;
    }
  }

  #replaceTop(item: Placed): void {
    const heap = this.#heap;
    heap[0] = item;
    for (let index = 0; ;) {
      let last = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < heap.length && this.#compare(child, last) > 0) last = child;
      }
      if (last === index) return;
      this.#swap(last, index);
      index = last;
    }
  }

  #compare(a: number, b: number): number {
    const [left, right] = [this.#heap[a], this.#heap[b]];
    return left === undefined || right === undefined ? 0 : comparePlaces(left.place, right.place);
  }

  #swap(a: number, b: number): void {
    const [left, right] = [this.#heap[a], this.#heap[b]];
    if (left === undefined || right === undefined) return;
    this.#heap[a] = right;
    this.#heap[b] = left;
  }
}

const keyOf = ({ startTime, requestId, operationCount }: RequestPlace): string =>
  `${startTime} ${operationCount} ${requestId}`;

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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
