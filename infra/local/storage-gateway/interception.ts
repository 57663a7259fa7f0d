import { type RequestHead } from "./http-head.js";

/** An answer that the gateway gives in Azurite's place. */
export interface Answer {
  readonly status: number;
  readonly reason: string;
  /** Names and values alternating; the framing header (Content-Length or Transfer-Encoding) included. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** A whole response of Azurite that the gateway has not passed on yet. */
export interface HeldResponse {
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** Looks at a whole response; `undefined` passes it on as it came, byte for byte. */
export type EditResponse = (response: HeldResponse) => Answer | undefined | Promise<Answer | undefined>;

/**
 * What the gateway does with one request, where it does anything but pass it on.
 *
 * - `refuse`: answered here, Azurite never sees it.
 * - `check-body`: the head goes on at once, so that Azurite authenticates it and asks for the body (100 Continue);
 *   the body is held and may be replaced by another one of the same length. Longer than `limit` bytes: `tooLong`.
 * - `edit-response`: the response is held, up to `limit` bytes; a longer one passes as it is, and so does one with
 *   another status than `status`, if that is given.
 */
export type Interception =
  | { readonly kind: "refuse"; readonly answer: Answer }
  | {
      readonly kind: "check-body";
      readonly limit: number;
      readonly tooLong: Answer;
      readonly check: (body: Buffer) => Replacement | undefined;
    }
  | { readonly kind: "edit-response"; readonly limit: number; readonly status?: number; readonly edit: EditResponse };

export interface Replacement {
  /** As long as the body it stands for: the request's signature covers the length. */
  readonly body: Buffer;
  readonly edit: EditResponse;
}

/** Decides by the head alone; `undefined`: the request passes untouched. Called for every request: must be cheap. */
export type Intercept = (head: RequestHead) => Interception | undefined;

/** The bytes of an answer on the wire. */
export function encodeAnswer(answer: Answer): { readonly bytes: Buffer; readonly headerSize: number } {
  let head = `HTTP/1.1 ${answer.status} ${answer.reason}\r\n`;
  let chunked = false;
  for (let index = 0; index < answer.headers.length; index += 2) {
    const name = answer.headers[index] ?? "";
    head += `${name}: ${answer.headers[index + 1] ?? ""}\r\n`;
    chunked ||= name.toLowerCase() === "transfer-encoding";
  }
  const headBytes = Buffer.from(`${head}\r\n`, "latin1");
  const body = chunked ? asChunks(answer.body) : [answer.body];
  return { bytes: Buffer.concat([headBytes, ...body]), headerSize: headBytes.length };
}

/** One chunk and the end of a chunked body. */
export function asChunks(body: Buffer): Buffer[] {
  const end = Buffer.from("0\r\n\r\n");
  if (body.length === 0) return [end];
  return [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n"), end];
}
