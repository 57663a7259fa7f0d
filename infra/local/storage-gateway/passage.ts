import { decodeBody } from "./body-reader.js";
import { type Exchange } from "./exchange.js";
import { type RequestHead, parseResponseHead } from "./http-head.js";
import { type Answer, type EditResponse, type Interception, asChunks, encodeAnswer } from "./interception.js";
import { type RunningExchange } from "./running-exchange.js";

/** Where the bytes of a passage go. */
export interface Sides {
  readonly toServer: (bytes: Buffer) => void;
  readonly toClient: (bytes: Buffer) => void;
  /** An edited response is on its way: `responseDone` and `broken` may have changed. */
  readonly onSettled: () => void;
}

/**
 * One request passing to the server and its response passing back, byte for byte unless it is intercepted.
 *
 * Knows where both end; knows nothing of sockets.
 */
export class Passage {
  readonly head: RequestHead;
  /** The response went to the client, all of it. */
  responseDone = false;
  /** Something that was not HTTP: the connection has to be broken. */
  broken = false;
  /** The connection is to be closed after this response. */
  closes = false;
  /** Bytes of a response, interim or final, went to the client. */
  answerStarted = false;
  readonly #record: RunningExchange;
  readonly #sides: Sides;
  readonly #interception: Interception | undefined;
  #heldRequest: Held | undefined;
  #heldResponse: Held | undefined;
  #edit: EditResponse | undefined;
  #reason = "";
  /** A response head that has not arrived whole. */
  #responseStart: Buffer | undefined;
  #answeredHere = false;
  #clientBlocked = false;
  #serverBlocked = false;

  constructor(record: RunningExchange, interception: Interception | undefined, sides: Sides) {
    this.head = record.head;
    this.#record = record;
    this.#interception = interception;
    this.#sides = sides;
    if (interception?.kind === "check-body") this.#heldRequest = new Held(interception.limit);
    if (interception?.kind === "edit-response") {
      this.#heldResponse = new Held(interception.limit);
      this.#edit = interception.edit;
    }
  }

  get requestDone(): boolean {
    return this.#record.requestBody.done;
  }

  /** The server has said all that it had to say. */
  get responseReceived(): boolean {
    return this.#answeredHere || this.#record.responseBody?.done === true;
  }

  /** Bytes of the response are kept for later. */
  get keepsBytes(): boolean {
    return this.#responseStart !== undefined || this.#edit !== undefined;
  }

  get done(): boolean {
    return this.responseDone && this.requestDone;
  }

  /**
   * Takes the request's first bytes, its head included.
   * @returns where the request's bytes end, or -1 when its body is malformed
   */
  begin(bytes: Buffer): number {
    const headSize = this.head.size;
    const end = this.#record.requestBody.take(bytes, headSize);
    if (end === -1) return -1;
    if (this.#interception?.kind === "refuse") {
      this.answer(this.#interception.answer);
    } else if (this.#heldRequest === undefined) {
      this.#sides.toServer(end === bytes.length ? bytes : bytes.subarray(0, end));
    } else {
      // the head goes on: the server authenticates it, and asks for the body where the client waits for that
      this.#sides.toServer(bytes.subarray(0, headSize));
      this.#hold(this.#heldRequest, bytes.subarray(headSize, end));
    }
    this.#updateWaiting();
    return end;
  }

  /** More of the request's body; the result is as of `begin`. */
  takeRequest(bytes: Buffer): number {
    const end = this.#record.requestBody.take(bytes, 0);
    if (end === -1) return -1;
    const taken = end === bytes.length ? bytes : bytes.subarray(0, end);
    if (this.#heldRequest !== undefined) this.#hold(this.#heldRequest, taken);
    else if (!this.#answeredHere) this.#sides.toServer(taken);
    if (this.requestDone) this.#updateWaiting();
    return end;
  }

  /** Bytes from the server. */
  takeResponse(bytes: Buffer): void {
    if (this.#answeredHere) return;
    let rest = this.#responseStart === undefined ? bytes : Buffer.concat([this.#responseStart, bytes]);
    this.#responseStart = undefined;
    while (this.#record.response === undefined) {
      const parsed = parseResponseHead(rest, this.head.method);
      if (parsed.kind === "incomplete") {
        this.#responseStart = rest;
        return;
      }
      // 101: another protocol, which nobody could log
      if (parsed.kind === "invalid" || parsed.head.status === 101) {
        this.broken = true;
        return;
      }
      const { status, size, closes } = parsed.head;
      if (status < 200) {
        this.#record.continued = true;
        this.#updateWaiting();
        this.#toClient(rest.subarray(0, size));
        rest = rest.subarray(size);
        if (rest.length === 0) return;
        continue;
      }
      this.closes = closes;
      this.#record.respond(parsed.head);
      this.#releaseOther(status);
      if (this.#heldResponse !== undefined) this.#reason = reasonOf(rest);
      this.#passResponse(rest, size);
      return;
    }
    if (this.responseReceived) this.closes = true;
    else this.#passResponse(rest, 0);
  }

  /** The server has closed. True: that is how this response ends. */
  endResponse(): boolean {
    const { response, responseBody } = this.#record;
    if (response?.framing.kind !== "until-close" || responseBody === undefined) return false;
    responseBody.done = true;
    this.#responseComplete();
    return true;
  }

  /** The gateway's own answer; what is left of the request is read and dropped. */
  answer(answer: Answer): void {
    const { bytes, headerSize } = encodeAnswer(answer);
    this.#answeredHere = true;
    this.#heldRequest = undefined;
    this.#record.replaceResponse(answer.status, answer.headers, headerSize, answer.body);
    // a client that waits for 100 Continue may now send the body or the next request: nobody can tell which
    this.closes ||= this.head.closes || (this.head.expectsContinue && !this.requestDone);
    this.responseDone = true;
    this.#toClient(this.head.method === "HEAD" ? bytes.subarray(0, headerSize) : bytes);
  }

  /** The client (or the server) is behind and must be waited for, or no longer. */
  setClientBlocked(blocked: boolean): void {
    this.#clientBlocked = blocked;
    this.#updateWaiting();
  }

  setServerBlocked(blocked: boolean): void {
    this.#serverBlocked = blocked;
    this.#updateWaiting();
  }

  finish(ending: Exchange["ending"]): Exchange {
    return this.#record.finish(ending);
  }

  // the client is waited for while it has to take what was written, or to send what nothing else holds up
  #updateWaiting(): void {
    const { requestBody, response, continued } = this.#record;
    const mayNotSend = this.head.expectsContinue && !continued && requestBody.size === 0;
    const sending = !requestBody.done && response === undefined && !mayNotSend && !this.#serverBlocked;
    this.#record.setWaiting(this.#clientBlocked || sending);
  }

  #toClient(bytes: Buffer): void {
    this.answerStarted = true;
    this.#sides.toClient(bytes);
  }

  #hold(held: Held, bytes: Buffer): void {
    if (this.#interception?.kind !== "check-body") return;
    if (!held.add(bytes)) {
      // closing tells the server, too, that this request has no end
      this.closes = true;
      this.answer(this.#interception.tooLong);
      return;
    }
    if (!this.requestDone) return;
    this.#heldRequest = undefined;
    const raw = held.bytes();
    const replacement = this.#interception.check(decodeBody(this.head.framing, raw));
    if (replacement === undefined) {
      if (raw.length > 0) this.#sides.toServer(raw);
      return;
    }
    this.#edit = replacement.edit;
    this.#heldResponse = new Held(this.#interception.limit);
    const chunked = this.head.framing.kind === "chunked";
    this.#sides.toServer(chunked ? Buffer.concat(asChunks(replacement.body)) : replacement.body);
  }

  /** A response with another status than the one that is to be edited passes as it comes. */
  #releaseOther(status: number): void {
    const wanted = this.#interception?.kind === "edit-response" ? this.#interception.status : undefined;
    if (wanted === undefined || wanted === status) return;
    this.#heldResponse = undefined;
    this.#edit = undefined;
  }

  #passResponse(bytes: Buffer, headSize: number): void {
    const body = this.#record.responseBody;
    if (body === undefined) return;
    const end = body.take(bytes, headSize);
    if (end === -1) {
      this.broken = true;
      return;
    }
    // what follows a response that has ended belongs to nobody
    if (end < bytes.length) this.closes = true;
    const taken = end === bytes.length ? bytes : bytes.subarray(0, end);
    const held = this.#heldResponse;
    if (held === undefined) {
      this.#toClient(taken);
    } else if (!held.add(taken)) {
      this.#heldResponse = undefined;
      this.#toClient(held.bytes());
    }
    if (this.responseReceived) this.#responseComplete();
  }

  #responseComplete(): void {
    const held = this.#heldResponse;
    const { response } = this.#record;
    if (held === undefined || this.#edit === undefined || response === undefined) {
      this.responseDone = true;
      this.#updateWaiting();
      return;
    }
    this.#heldResponse = undefined;
    const raw = held.bytes();
    const body = decodeBody(response.framing, raw.subarray(response.size));
    const { status, headers } = response;
    void this.#settle(raw, this.#edit({ status, reason: this.#reason, headers, body }));
  }

  async #settle(raw: Buffer, edited: Answer | undefined | Promise<Answer | undefined>): Promise<void> {
    const answer = await edited;
    if (answer === undefined) {
      this.responseDone = true;
      this.#toClient(raw);
    } else {
      this.answer(answer);
    }
    this.#updateWaiting();
    this.#sides.onSettled();
  }
}

/** Bytes kept back, up to a limit. */
class Held {
  readonly #pieces: Buffer[] = [];
  readonly #limit: number;
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False: that was more than the limit; the bytes are kept all the same. */
  add(bytes: Buffer): boolean {
    this.#pieces.push(bytes);
    this.#size += bytes.length;
    return this.#size <= this.#limit;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}

/** The reason phrase of a response whose status line is known to be well formed. */
const reasonOf = (head: Buffer): string => head.toString("latin1", "HTTP/1.1 200 ".length, head.indexOf("\r"));
