import type { ReceivedMail, ReceivedMessage } from "./kept-messages.js";

/** What came in is foreign text, all of it. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** All that has come in; the page looks for more every two seconds. */
export function renderPage(messages: readonly ReceivedMessage[], smtpPort: number, url: string): string {
  const items = messages.map(renderItem).join("\n");
  const nothing = `<p class="hint">Nothing yet. Mails to 127.0.0.1:${smtpPort} and calls of ${escapeHtml(url)}/inbox/… show up here: try <code>npm run demo -- alerts</code>.</p>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Vigil's mailbox</title><meta http-equiv="refresh" content="2">
<style>
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1d2733}
article{border:1px solid #d5dce4;border-radius:8px;margin:1rem 0;padding:1rem}
h2{font-size:1rem;margin:0}p{margin:.25rem 0;color:#5b6875}pre{background:#f4f6f8;padding:.75rem;overflow:auto;max-height:22rem;border-radius:6px}
a{color:#0b62a8}.kind{font-weight:600;color:#0b62a8}
</style></head><body><h1>Mailbox and webhook inbox</h1>
<p>What Vigil sent on this machine, newest first. <a href="/messages">As JSON</a></p>
${items === "" ? nothing : items}
</body></html>`;
}

function renderItem(message: ReceivedMessage): string {
  const at = escapeHtml(message.receivedAt);
  if (message.kind === "call") {
    return `<article><h2><span class="kind">Webhook</span> ${escapeHtml(message.path)}</h2><p>${at}</p><pre>${escapeHtml(pretty(message.body))}</pre></article>`;
  }
  const { subject, from, to, text, id, html } = message;
  const link = html === undefined ? "" : ` · <a href="/mails/${id}">open</a>`;
  return `<article><h2><span class="kind">Mail</span> ${escapeHtml(subject)}</h2><p>${at} · from ${escapeHtml(from)} to ${escapeHtml(to.join(", "))}${link}</p><pre>${escapeHtml(text)}</pre></article>`;
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2);
  } catch (error) {
    if (error instanceof SyntaxError) return body;
    throw error;
  }
}

/** A mail as its reader sees it; shown where no script runs and nothing is loaded. */
export const mailHtml = ({ html, text }: ReceivedMail): string => html ?? `<pre>${escapeHtml(text)}</pre>`;
