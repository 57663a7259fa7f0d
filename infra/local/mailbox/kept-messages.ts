/** A mail as it came in. */
export interface ReceivedMail {
  readonly kind: "mail";
  readonly id: number;
  readonly receivedAt: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** With images of the mail itself in place of `cid:` links. */
  readonly html: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** A call of the webhook inbox. */
export interface ReceivedCall {
  readonly kind: "call";
  readonly id: number;
  readonly receivedAt: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type ReceivedMessage = ReceivedMail | ReceivedCall;

/** Messages that are kept; older ones are forgotten. */
export const maxKept = 500;

type New<M> = M extends ReceivedMessage ? Omit<M, "id"> : never;

/** What has come in, newest first, until the mailbox ends. */
export class KeptMessages {
  #messages: readonly ReceivedMessage[] = [];
  #next = 1;

  add(message: New<ReceivedMessage>): void {
    this.#messages = [{ ...message, id: this.#next++ } as ReceivedMessage, ...this.#messages].slice(0, maxKept);
  }

  get all(): readonly ReceivedMessage[] {
    return this.#messages;
  }

  find(id: number): ReceivedMessage | undefined {
    return this.#messages.find((each) => each.id === id);
  }
}
