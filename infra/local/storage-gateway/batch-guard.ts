import { type Answer, type HeldResponse, type Replacement } from "./interception.js";
import { blobAddress, changesLogs, logsAreReadOnly } from "./logs-guard.js";
import { type Headers, indexHeaders } from "./raw-headers.js";
import { answerWithError } from "./storage-error.js";

/** Azure's limit for a batch request, bytes. */
export const batchLimit = 4 * 1024 * 1024;

/**
 * Finds the requests of a blob batch that would change `$logs`, and the bearer tokens that nobody has looked at.
 *
 * Azure refuses each of them and runs the others. The batch's signature covers its length, so what is refused stays
 * in the body, aimed at a container that cannot exist; Azurite's answer to it is then replaced. A token other than the
 * batch's own, which the gate has checked, becomes a header without a meaning: its request is anonymous.
 *
 * @returns undefined: there are none, the batch can pass as it is
 */
export function guardBatch(body: Buffer, headers: Headers): Replacement | undefined {
  const refused = new Set<string>();
  const ownToken = headers.get("authorization");
  let contentId = "";
  // Latin-1 keeps every byte, and one byte per character
  const lines = body.toString("latin1").split("\r\n");
  const guarded = lines.map((line) => {
    contentId = /^content-id:\s*(.*)$/i.exec(line)?.[1]?.trim() ?? contentId;
    const token = /^authorization: (bearer.*)$/i.exec(line)?.[1];
    if (token !== undefined && token !== ownToken) {
      return line.replace(/^authorization/i, disarmedHeader);
    }
    const [, method = "", target = "", version = ""] = requestLine.exec(line) ?? [];
    if (target === "") return line;
    const path = target.startsWith("/") ? target : `/${target}`;
    if (!changesLogs(method, blobAddress(path, headers), new Map())) return line;
    refused.add(contentId);
    return `${method} ${aimAtNothing(target)} ${version}`;
  });
  if (guarded.every((line, index) => line === lines[index])) return undefined;
  return {
    body: Buffer.from(guarded.join("\r\n"), "latin1"),
    edit: (response) => (refused.size === 0 ? undefined : refuseParts(response, refused, headers)),
  };
}

/** As long as `Authorization`: the batch's signature covers its length. */
const disarmedHeader = "x-not-checked";

const requestLine = /^(PUT|DELETE|POST|PATCH|MERGE|GET|HEAD) (\S+) (HTTP\/1\.[01])$/;

/** The same target with another container, byte for byte as long: `$` and `v`s, a name that only Azure could create. */
function aimAtNothing(target: string): string {
  return target.replace(/(?:\$|%24)(?:l|%6c)(?:o|%6f)(?:g|%67)(?:s|%73)/i, (name) => "$".padEnd(name.length, "v"));
}

function refuseParts(response: HeldResponse, refused: ReadonlySet<string>, headers: Headers): Answer | undefined {
  const boundary = /boundary=(\S+)/i.exec(indexHeaders(response.headers).get("content-type") ?? "")?.[1];
  if (response.status !== 202 || boundary === undefined) return undefined;
  const delimiter = `--${boundary}`;
  const parts = response.body.toString("latin1").split(delimiter);
  const edited = parts.map((part) => {
    const contentId = /^content-id:\s*(.*?)\r$/im.exec(part)?.[1];
    return contentId !== undefined && refused.has(contentId) ? refusedPart(contentId, headers) : part;
  });
  return replaceBody(response, Buffer.from(edited.join(delimiter), "latin1"));
}

function refusedPart(contentId: string, headers: Headers): string {
  const own = [...headers].filter(([name]) => name === "x-ms-version").flat();
  const answer = answerWithError("blob", logsAreReadOnly, own);
  const lines = [`HTTP/1.1 ${answer.status} ${answer.reason}`];
  for (let index = 0; index < answer.headers.length; index += 2) {
    lines.push(`${answer.headers[index] ?? ""}: ${answer.headers[index + 1] ?? ""}`);
  }
  const head = ["", "Content-Type: application/http", `Content-ID: ${contentId}`, "", ...lines, "", ""];
  return `${head.join("\r\n")}${answer.body.toString("latin1")}\r\n`;
}

/** The same response with another body; the framing headers follow it. */
export function replaceBody(response: HeldResponse, body: Buffer): Answer {
  const headers = response.headers.map((value, index) =>
    index % 2 === 1 && response.headers[index - 1]?.toLowerCase() === "content-length" ? String(body.length) : value,
  );
  return { ...response, headers, body };
}
