import { Worker } from "node:worker_threads";
import { type CountReply, type CountRequest } from "./count-messages.js";

/** One worker thread, asked over messages and answering in order. It keeps the process alive only while asked. */
export class CountThread {
  readonly #worker: Worker;
  readonly #waiting: ((reply: CountReply) => void)[] = [];
  #failure: Error | undefined;

  /** @param script the compiled `count-worker.js` */
  constructor(script: URL) {
    this.#worker = new Worker(script);
    this.#worker.unref();
    this.#worker.on("message", (reply: CountReply) => {
      const waiting = this.#waiting.shift();
      if (this.#waiting.length === 0) this.#worker.unref();
      waiting?.(reply);
    });
    this.#worker.on("error", (cause) => {
      this.#end(new Error("counting a log on a worker thread", { cause }));
    });
    this.#worker.on("exit", (code) => {
      this.#end(new Error(`counting a log on a worker thread: the thread ended with exit code ${code}`));
    });
  }

  get hasEnded(): boolean {
    return this.#failure !== undefined;
  }

  /** Never rejects: that the thread ended is an answer, too. */
  ask(request: CountRequest): Promise<CountReply> {
    return new Promise((resolve) => {
      if (this.#failure !== undefined) {
        resolve({ kind: "ended", error: this.#failure });
        return;
      }
      this.#waiting.push(resolve);
      this.#worker.ref();
      this.#worker.postMessage(request, request.kind === "count" ? [request.buffer] : []);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #end(error: Error): void {
    const failure = (this.#failure ??= error);
    for (const resolve of this.#waiting.splice(0)) resolve({ kind: "ended", error: failure });
  }
}
