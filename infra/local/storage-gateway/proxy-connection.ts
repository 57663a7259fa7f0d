import { type Socket } from "node:net";
import { type Admission, type Gate } from "./bearer-gate.js";
import { type Exchange } from "./exchange.js";
import { type HeadParse, type RequestHead, parseRequestHead } from "./http-head.js";
import { type Answer, type Intercept, type Interception } from "./interception.js";
import { Passage } from "./passage.js";
import { preciseNow } from "./precise-clock.js";
import { countRead } from "./read-garbage.js";
import { type Peer, RunningExchange } from "./running-exchange.js";
import { type LinkEnd, type Upstream, UpstreamLink } from "./upstream-link.js";

/** Bytes that one side may be behind before the other side is no longer read. */
export const backlogLimit = 256 * 1024;
/** Bytes of further requests that a client may send ahead before it is no longer read. */
export const pipelineLimit = 64 * 1024;
/** Azurite closes a connection that was idle for 5 s. Well before, the gateway opens a new one: no race to lose. */
export const upstreamIdleLimitMs = 3_500;
/** Longer than the 5 s that Azurite announces: who keeps to them never meets a closing connection. */
export const clientIdleLimitMs = 6_500;
/** Node's own limit for a head to arrive; beyond it, Node answers 408. */
export const headTimeLimitMs = 60_000;
/** How long a client that has closed its side gets to answer a response with a reset, milliseconds. */
export const resetNoticeMs = 20;
/** How long a closed connection is still read, so that the client can take the last answer before a reset. */
export const lingerLimitMs = 2_000;

export interface ProxyTarget {
  readonly upstream: Upstream;
  readonly intercept: Intercept;
  /** undefined: bearer tokens are Azurite's business. */
  readonly gate: Gate | undefined;
  readonly onExchange: (exchange: Exchange) => void;
}

/**
 * One client connection and the one Azurite connection behind it.
 *
 * The pair shares its fate: what Azurite says about its connection (`Connection`, `Keep-Alive`, closing, resetting)
 * holds for the client's, so even hop-by-hop headers pass as they are, and bytes go on as they came in. Requests sent
 * ahead (pipelining) are forwarded one after the other.
 */
export class ProxyConnection {
  readonly #client: Socket;
  readonly #reset: () => void;
  readonly #peer: Peer;
  readonly #target: ProxyTarget;
  readonly #upstream: UpstreamLink;
  #running: Passage | undefined;
  /** A request whose token is being checked; its bytes are pending. */
  #waiting: RequestHead | undefined;
  /** The client's bytes that no request has used yet, and when the first of them came. */
  #pending: Buffer | undefined;
  #pendingSince: number;
  #idleSince: number;
  #used = false;
  #serving = false;
  #stopping = false;
  #flushing = false;
  #clientEnded = false;
  /** Set once the connection is on its way to be closed: what the client still sends is read and dropped. */
  #closingSince: number | undefined;

  /** @param reset breaks the client's connection so that it notices; with TLS this is another socket's business */
  constructor(client: Socket, peer: Peer, target: ProxyTarget, reset: () => void) {
    this.#client = client;
    this.#reset = reset;
    this.#peer = peer;
    this.#target = target;
    this.#pendingSince = this.#idleSince = preciseNow();
    this.#upstream = new UpstreamLink(target.upstream, {
      onData: (bytes) => this.#onUpstreamData(bytes),
      onDrain: () => {
        this.#running?.setServerBlocked(false);
        this.#client.resume();
      },
      onEnd: (end) => {
        this.#onUpstreamEnd(end);
      },
    });
    client.setNoDelay(true);
    client.on("data", (bytes: Buffer) => {
      this.#onClientData(bytes);
    });
    client.on("end", () => {
      this.#onClientEnd();
    });
    client.on("drain", () => {
      this.#running?.setClientBlocked(false);
      this.#upstream.resume();
      this.#advance();
    });
    // "close" follows, and does what there is to do
    client.on("error", () => undefined);
    client.on("close", () => {
      this.#giveUpWaiting();
      this.#finish("client-aborted");
      this.#upstream.drop();
    });
  }

  /** Closes what has been idle, late or lingering for too long; called about once a second. */
  sweep(now: number): void {
    if (this.#closingSince !== undefined) {
      if (this.#client.writableLength > 0) this.#closingSince = now;
      else if (now - this.#closingSince > lingerLimitMs) this.#client.destroy();
      return;
    }
    if (this.#busy) return;
    const idle = now - this.#idleSince;
    if (idle > upstreamIdleLimitMs) this.#upstream.drop();
    if (this.#pending !== undefined) {
      if (now - this.#pendingSince > headTimeLimitMs) this.#answerBare("408 Request Timeout");
    } else if (idle > (this.#used ? clientIdleLimitMs : headTimeLimitMs)) {
      this.#close();
    }
  }

  /** Closes as soon as no exchange is running. */
  stop(): void {
    this.#stopping = true;
    if (!this.#busy && this.#closingSince === undefined) this.#close();
  }

  get #busy(): boolean {
    return this.#running !== undefined || this.#waiting !== undefined;
  }

  /** Ends the connection now; a running exchange counts as broken by the server. */
  destroy(): void {
    this.#finish("upstream-failed");
    this.#client.destroy();
  }

  // ---- the client's side

  #onClientData(bytes: Buffer): void {
    countRead(bytes.length);
    if (this.#closingSince !== undefined) return;
    const running = this.#running;
    if (running === undefined || running.requestDone) {
      this.#keep(bytes);
    } else {
      const end = running.takeRequest(bytes);
      if (end === -1) {
        this.#refuseMalformed(running);
        return;
      }
      if (end < bytes.length) this.#keep(bytes.subarray(end));
      this.#advance();
    }
    this.#serve();
    if (this.#busy && (this.#pending?.length ?? 0) > pipelineLimit) this.#client.pause();
  }

  #keep(bytes: Buffer): void {
    if (this.#pending === undefined) this.#pendingSince = preciseNow();
    this.#pending = this.#pending === undefined ? bytes : Buffer.concat([this.#pending, bytes]);
  }

  /** Takes requests from the pending bytes until one is running or none is whole. */
  #serve(admission?: Admission): void {
    if (this.#serving) return;
    this.#serving = true;
    let admitted = admission;
    while (!this.#busy && this.#pending !== undefined && this.#closingSince === undefined) {
      const bytes = skipEmptyLines(this.#pending);
      this.#pending = bytes.length === 0 ? undefined : bytes;
      if (this.#pending === undefined) break;
      const parsed: HeadParse<RequestHead> = parseRequestHead(bytes);
      if (parsed.kind === "incomplete") break;
      if (parsed.kind === "invalid") {
        this.#answerBare(parsed.status === 400 ? "400 Bad Request" : "431 Request Header Fields Too Large");
      } else if (parsed.head.method === "CONNECT") {
        // as Node's server does when nobody listens for it
        this.#close();
      } else {
        const decided = admitted ?? this.#target.gate?.(parsed.head, this.#peer.secure) ?? withoutGate;
        admitted = undefined;
        if (decided instanceof Promise) void this.#wait(parsed.head, decided);
        else this.#begin(parsed.head, bytes, decided);
      }
    }
    this.#serving = false;
    if (this.#clientEnded && !this.#busy) this.#close();
  }

  /** Holds a request, and what follows it, until its token has been checked. */
  async #wait(head: RequestHead, decision: Promise<Admission>): Promise<void> {
    this.#waiting = head;
    const admission = await decision;
    // the connection has ended in the meantime
    if (this.#waiting !== head) return;
    this.#waiting = undefined;
    this.#client.resume();
    this.#serve(admission);
    if (this.#clientEnded && this.#pending === undefined) this.#upstream.end();
  }

  /** A request that was still held is one that the client gave up. */
  #giveUpWaiting(): void {
    const head = this.#waiting;
    if (head === undefined) return;
    this.#waiting = undefined;
    this.#target.onExchange(new RunningExchange(this.#peer, head, this.#pendingSince).finish("client-aborted"));
  }

  #begin(head: RequestHead, bytes: Buffer, admission: Admission): void {
    const refused = admission.kind === "refused";
    const interception: Interception | undefined = refused
      ? { kind: "refuse", answer: admission.answer }
      : this.#target.intercept(head);
    const record = new RunningExchange(this.#peer, head, this.#pendingSince, refused ? undefined : admission.token);
    if (preciseNow() - this.#idleSince > upstreamIdleLimitMs) this.#upstream.drop();
    this.#used = true;
    const passage = new Passage(record, interception, {
      toServer: (out) => {
        this.#toServer(out);
      },
      toClient: (out) => {
        this.#toClient(out);
      },
      onSettled: () => {
        this.#advance();
      },
    });
    this.#running = passage;
    const end = passage.begin(bytes);
    if (end === -1) {
      this.#refuseMalformed(passage);
      return;
    }
    this.#pending = end === bytes.length ? undefined : bytes.subarray(end);
    this.#advance();
  }

  #onClientEnd(): void {
    this.#clientEnded = true;
    if (!this.#busy) this.#close();
    // requests that were sent ahead still have to be forwarded on the same connection
    else if (this.#pending === undefined) this.#upstream.end();
  }

  #toClient(bytes: Buffer): void {
    this.#client.write(bytes);
    if (this.#client.writableLength <= backlogLimit) return;
    this.#running?.setClientBlocked(true);
    this.#upstream.pause();
  }

  // ---- Azurite's side

  #toServer(bytes: Buffer): void {
    this.#upstream.write(bytes);
    if (this.#upstream.backlog <= backlogLimit) return;
    this.#running?.setServerBlocked(true);
    this.#client.pause();
  }

  #onUpstreamData(bytes: Buffer): boolean {
    const running = this.#running;
    if (running === undefined) {
      // an answer that nobody asked for
      this.#close();
      return true;
    }
    running.takeResponse(bytes);
    const released = !running.keepsBytes && this.#client.writableLength === 0;
    this.#advance();
    return released;
  }

  #onUpstreamEnd(end: LinkEnd): void {
    const running = this.#running;
    if (running === undefined) {
      this.#close();
    } else if (end === "closed" && running.endResponse()) {
      this.#advance();
    } else if (running.responseReceived) {
      // an early answer: the server does not want the rest of the request
      running.closes = true;
      this.#advance();
    } else {
      this.#finish(this.#clientEnded ? "client-aborted" : "upstream-failed");
      if (end === "failed") this.#reset();
      else this.#close();
    }
  }

  // ---- the end of an exchange, and of the connection

  /** Completes the running exchange if everything has passed and the client's socket has taken it. */
  #advance(): void {
    const running = this.#running;
    if (running === undefined) return;
    if (running.broken) {
      this.#finish("upstream-failed");
      this.#upstream.drop();
      this.#reset();
      return;
    }
    // a body that goes on after an answer that closes is not worth waiting for
    if (!running.responseDone || !(running.requestDone || running.closes)) return;
    // an end that stands behind what is not read has not been seen
    const mayBeGone = this.#clientEnded || (!running.requestDone && this.#client.isPaused());
    if (this.#client.writableLength === 0 && !mayBeGone) {
      this.#complete(running);
    } else if (!this.#flushing) {
      this.#flushing = true;
      running.setClientBlocked(true);
      // called when everything before it has been taken
      this.#client.write("", () => {
        if (mayBeGone) this.#completeUnlessGone(running);
        else {
          this.#flushing = false;
          this.#advance();
        }
      });
    }
  }

  /**
   * Completes an exchange with a client that has closed its side and may be gone altogether, which look the same.
   * Whoever is gone answers what is written with a reset; a socket that is read no more tells that to the next write.
   */
  #completeUnlessGone(running: Passage): void {
    setTimeout(() => {
      if (this.#running !== running) return;
      // a failure destroys the socket, whose "close" ends the exchange
      this.#client.write("", (error) => {
        if (error instanceof Error || this.#running !== running) return;
        this.#flushing = false;
        this.#complete(running);
      });
    }, resetNoticeMs);
  }

  #complete(running: Passage): void {
    this.#finish("completed");
    if (running.closes || this.#stopping) {
      this.#close();
      return;
    }
    this.#idleSince = preciseNow();
    this.#client.resume();
    this.#serve();
  }

  #finish(ending: Exchange["ending"]): void {
    const running = this.#running;
    this.#running = undefined;
    if (running !== undefined) this.#target.onExchange(running.finish(ending));
  }

  /** Answers as Node's server answers what is not HTTP, and closes. */
  #answerBare(status: string): void {
    this.#client.write(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    this.#close();
  }

  #refuseMalformed(running: Passage): void {
    if (!running.answerStarted) running.answer(badRequest);
    this.#finish(running.responseDone ? "completed" : "client-aborted");
    this.#close();
  }

  #close(): void {
    this.#closingSince ??= preciseNow();
    this.#pending = undefined;
    this.#upstream.drop();
    this.#client.resume();
    this.#client.end();
  }
}

const withoutGate: Admission = { kind: "admitted", token: undefined };

const badRequest: Answer = {
  status: 400,
  reason: "Bad Request",
  headers: ["Connection", "close"],
  body: Buffer.alloc(0),
};

/** Node's parser skips empty lines before a request (RFC 9112 §2.2). */
function skipEmptyLines(bytes: Buffer): Buffer {
  let start = 0;
  while (bytes[start] === 0x0d && bytes[start + 1] === 0x0a) start += 2;
  return start === 0 ? bytes : bytes.subarray(start);
}
