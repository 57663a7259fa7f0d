/** A mail to one address. */
export interface OutgoingMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The same when the mail is sent again: its `Message-ID`, by which readers tell a repeat. */
  readonly notificationId: string;
  /** Shown in the HTML as `cid:<id>`. */
  readonly images: readonly { readonly id: string; readonly png: Uint8Array }[];
}

export type MailOutcome =
  | { readonly kind: "accepted"; readonly detail: string }
  /** Worth another attempt: the server is away, or said so (RFC 5321 §4.2.1, 4yz). */
  | { readonly kind: "deferred"; readonly reason: string }
  /** The server's last word (5yz). */
  | { readonly kind: "refused"; readonly reason: string };

export interface MailSender {
  send(mail: OutgoingMail): Promise<MailOutcome>;
}

export interface MailServer {
  /** `smtp://…` (STARTTLS where the server offers it) or `smtps://…`; with user and password if it wants a login. A secret. */
  readonly url: string;
  /** Address that mails come from. */
  readonly from: string;
}

/** Milliseconds for each step of a delivery: connecting, greeting, silence. */
const timeoutMs = 10_000;

/** Sends mails by SMTP. The library is loaded with the first mail: start is not to wait for it. */
export function mailSender({ url, from }: MailServer): MailSender {
  const timeouts = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs };
  return {
    send: async ({ to, subject, text, html, notificationId, images }) => {
      const { createTransport } = await import("nodemailer");
      // files and URLs in a mail's parts are never read, whatever a text looks like
      const transport = createTransport({ url, ...timeouts, disableFileAccess: true, disableUrlAccess: true });
      try {
        const sent = await transport.sendMail({
          ...{ from, to: { name: "", address: to }, subject, text, html },
          messageId: `<${notificationId}@vigil>`,
          headers: { "X-Vigil-Notification-Id": notificationId, "Auto-Submitted": "auto-generated" },
          attachments: images.map(({ id, png }) => ({
            ...{ cid: id, filename: `${id}.png`, content: Buffer.from(png), contentType: "image/png" },
            contentDisposition: "inline" as const,
          })),
        });
        return { kind: "accepted", detail: `accepted (${codeOf(sent.response) ?? 250})` };
      } catch (error) {
        return describeFault(error);
      } finally {
        transport.close();
      }
    },
  };
}

/** What went wrong, in words without address, login or the server's own text. */
function describeFault(error: unknown): MailOutcome {
  const { code, responseCode } = error as { readonly code?: unknown; readonly responseCode?: unknown };
  if (typeof responseCode === "number") {
    const reason = `the mail server answered ${responseCode}`;
    // a login that fails is for the operator to mend, and then the mail can go
    return responseCode >= 500 && code !== "EAUTH" ? { kind: "refused", reason } : { kind: "deferred", reason };
  }
  const known = typeof code === "string" ? faults[code] : undefined;
  // whatever else it is, it is a fault of ours
  if (known === undefined) throw new Error("sending a mail", { cause: error });
  return { kind: "deferred", reason: known };
}

const faults: Readonly<Record<string, string>> = {
  ECONNECTION: "the mail server can't be reached",
  ECONNREFUSED: "the mail server refused the connection",
  ECONNRESET: "the mail server closed the connection",
  ESOCKET: "the connection to the mail server broke",
  ETIMEDOUT: "the mail server did not answer in time",
  EDNS: "the mail server's name is not known",
  ETLS: "the mail server's certificate can't be trusted",
  EAUTH: "the mail server refused the login",
  EPROTOCOL: "the mail server does not speak SMTP",
};

const codeOf = (response: unknown): string | undefined =>
  typeof response === "string" ? /^\d{3}/.exec(response)?.[0] : undefined;
