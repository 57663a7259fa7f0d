/** Bytes a handler's stream may be ahead of the client. */
const windowBytes = 1_048_576;

/** Keeps a response stream from running ahead of its reader.
 * The library writes a body to its proxy connection without regard to back-pressure (functions-host.md §6.6): a large body
 * and a slow client would pile up in memory. Library and host share this process, so the body itself can be held back.
 */
export class FlowWindow {
  #ahead = 0;
  #closed = false;
  #waiting: (() => void) | undefined;

  /** Bytes have left for the client. */
  delivered(bytes: number): void {
    this.#ahead -= bytes;
    if (this.#ahead < windowBytes) this.#wake();
  }

  /** Nobody reads any more. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** The same result, with a body that waits for its reader. Bodies that are in memory anyway stay as they are. */
  hold(result: unknown): unknown {
    if (typeof result !== "object" || result === null || !("body" in result)) return result;
    const { body } = result;
    const iterable = asByteStream(body);
    if (iterable === undefined) return result;
    const held = ReadableStream.from(this.#paced(iterable));
    if (Object.hasOwn(result, "body")) return { ...result, body: held };
    // a Response or the library's HttpResponse: its body is a getter of the class, which an own property hides
    Object.defineProperty(result, "body", { value: held });
    return result;
  }

  async *#paced(source: AsyncIterable<unknown>): AsyncGenerator {
    for await (const chunk of source) {
      if (this.#closed) return;
      this.#ahead += chunkLength(chunk);
      yield chunk;
      while (this.#mustWait()) {
        await new Promise<void>((resolve) => {
          this.#waiting = resolve;
        });
      }
    }
  }

  #mustWait(): boolean {
    return this.#ahead >= windowBytes && !this.#closed;
  }

  #wake(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }
}

function asByteStream(body: unknown): AsyncIterable<unknown> | undefined {
  if (typeof body !== "object" || body === null || !(Symbol.asyncIterator in body)) return undefined;
  return body as AsyncIterable<unknown>;
}

function chunkLength(chunk: unknown): number {
  if (typeof chunk === "string") return Buffer.byteLength(chunk);
  return ArrayBuffer.isView(chunk) || chunk instanceof ArrayBuffer ? chunk.byteLength : 0;
}
