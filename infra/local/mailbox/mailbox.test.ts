import { createTransport } from "nodemailer";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { mailSender } from "../../../shared/clients/mail/mail-sender.js";
import type { ReceivedMessage } from "./kept-messages.js";
import { startMailbox, type Mailbox } from "./mailbox.js";

let mailbox: Mailbox;
beforeAll(async () => {
  mailbox = await startMailbox({ port: 0, smtpPort: 0 });
});
afterAll(() => mailbox.stop());

const messages = async (): Promise<readonly ReceivedMessage[]> =>
  ((await (await fetch(`${mailbox.url}/messages`)).json()) as { value: readonly ReceivedMessage[] }).value;
const png = Buffer.from("iVBORw0KGgo=", "base64");
const mail = {
  ...{ to: "you@example.com", subject: "Fired é <b>", text: "text é", html: '<p>html <img src="cid:chart"></p>' },
  ...{ notificationId: "0123456789abcdef", images: [{ id: "chart", png }] },
};

describe("what Vigil sends by mail", () => {
  test("arrives whole, under the id of the notification, with its chart in it", async () => {
    const sender = mailSender({ url: `smtp://127.0.0.1:${mailbox.smtpPort}`, from: "vigil@localhost" });
    expect(await sender.send(mail)).toEqual({ kind: "accepted", detail: "accepted (250)" });
    const [received] = await messages();
    expect(received).toMatchObject({
      ...{ kind: "mail", from: "vigil@localhost", to: ["you@example.com"], subject: "Fired é <b>" },
      headers: { "message-id": "<0123456789abcdef@vigil>", "auto-submitted": "auto-generated" },
    });
    if (received?.kind !== "mail") throw new Error("no mail");
    expect(received.text.trim()).toBe("text é");
    const shown = await fetch(`${mailbox.url}/mails/${received.id}`);
    expect(await shown.text()).toContain(`src="data:image/png;base64,${png.toString("base64")}"`);
    expect(shown.headers.get("content-security-policy")).toMatch(/^sandbox; default-src 'none'/);
  });

  test("is shown on the page as text", async () => {
    const page = await (await fetch(mailbox.url)).text();
    expect(page).toContain("Fired é &#60;b&#62;");
    expect(page).not.toContain("<b>");
  });

  test.each([
    { title: "a server that refuses the connection", greeting: undefined, kind: "deferred" },
    { title: "one that is busy", greeting: "421 busy\r\n", kind: "deferred" },
    { title: "one that wants none of it", greeting: "554 go away\r\n", kind: "refused" },
    { title: "one that hangs up", greeting: "", kind: "deferred" },
  ])("$title: $kind, and no secret is told", async ({ greeting, kind }) => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      if (greeting === "") socket.destroy();
      else socket.end(greeting ?? "");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    if (greeting === undefined) await new Promise((resolve) => server.close(resolve));
    const sender = mailSender({ url: `smtp://me:hunter2@127.0.0.1:${port}`, from: "vigil@localhost" });
    const outcome = await sender.send(mail);
    if (greeting !== undefined) await new Promise((resolve) => server.close(resolve));
    expect(outcome.kind).toBe(kind);
    expect(JSON.stringify(outcome)).not.toMatch(/hunter2|127\.0\.0\.1|you@/);
  });
});

test("a mail of somebody else, without a subject or HTML, is kept, too", async () => {
  const transport = createTransport({ host: "127.0.0.1", port: mailbox.smtpPort });
  await transport.sendMail({ from: "a@example.com", to: ["b@example.com", "c@example.com"], text: "plain" });
  expect((await messages())[0]).toMatchObject({ to: ["b@example.com", "c@example.com"], subject: "" });
});

describe("the webhook inbox", () => {
  test("keeps every call, with its path, headers and body", async () => {
    const headers = { "x-vigil-notification-id": "7" };
    const response = await fetch(`${mailbox.url}/inbox/a?code=1`, { method: "POST", headers, body: '{"a":"<b>"}' });
    expect(response.status).toBe(200);
    expect((await messages())[0]).toMatchObject({
      kind: "call",
      path: "/inbox/a?code=1",
      headers,
      body: '{"a":"<b>"}',
    });
    expect(await (await fetch(mailbox.url)).text()).toContain("&#60;b&#62;");
  });

  test.each([
    { title: "a path that is none", path: "/none", method: "GET", status: 404 },
    { title: "a mail that is none", path: "/mails/999999", method: "GET", status: 404 },
    { title: "a POST elsewhere", path: "/", method: "POST", status: 405 },
  ])("$title: $status", async ({ path, method, status }) => {
    expect((await fetch(`${mailbox.url}${path}`, { method })).status).toBe(status);
  });
});

test("a busy port is replaced by a free one", async () => {
  const { port } = new URL(mailbox.url);
  const second = await startMailbox({ port: Number(port), smtpPort: mailbox.smtpPort });
  expect(second.url).not.toBe(mailbox.url);
  expect(second.smtpPort).not.toBe(mailbox.smtpPort);
  await second.stop();
});
