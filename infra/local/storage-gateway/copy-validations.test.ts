import { expect, test } from "vitest";
import { CopyValidations } from "./copy-validations.js";
import { type RequestHead } from "./http-head.js";

const source = "http://127.0.0.1:10000/acc/c/a%20b.txt?sv=2020-10-02&sp=r&sig=a%2Fb%3D";
const reading = "/acc/c/a%20b.txt?sv=2020-10-02&sp=r&sig=a%2Fb%3D&comp=metadata";

const headOf = (method: string, target: string, headers: Readonly<Record<string, string>>): RequestHead => ({
  ...{ method, target, size: 100, framing: { kind: "none" }, closes: false, expectsContinue: false },
  headers: Object.entries({ Host: "127.0.0.1:10000", ...headers }).flat(),
});
const copyOf = (from: string): RequestHead => headOf("PUT", "/acc/c/copy", { "X-Ms-Copy-Source": from });
const readOf = (target = reading, headers: Readonly<Record<string, string>> = {}): RequestHead =>
  headOf("GET", target, { "User-Agent": "axios/0.27.2", ...headers });
const endOf = ({ headers }: RequestHead, clientAddress = "127.0.0.1") => ({ requestHeaders: headers, clientAddress });

test("a copy's source is checked once, while the copy runs", () => {
  const validations = new CopyValidations();
  const [early, copy, checking, second, late] = [readOf(), copyOf(source), readOf(), readOf(), readOf()];
  for (const head of [early, copy, checking, second]) validations.begin(head);
  expect(validations.end(endOf(early))).toBe(false);
  expect(validations.end(endOf(second))).toBe(false);
  expect(validations.end(endOf(copy))).toBe(false);
  // a client that gives up ends the copy before Azurite has its answer
  expect(validations.end(endOf(checking))).toBe(true);
  validations.begin(late);
  expect(validations.end(endOf(late))).toBe(false);
});

test("a copy that ended unchecked leaves nothing behind", () => {
  const validations = new CopyValidations();
  const [copy, read] = [copyOf(source), readOf()];
  validations.begin(copy);
  validations.end(endOf(copy));
  validations.begin(read);
  expect(validations.end(endOf(read))).toBe(false);
});

interface Case {
  readonly what: string;
  readonly read: RequestHead;
  readonly own?: true;
  readonly clientAddress?: string;
}

const cases: readonly Case[] = [
  { what: "as Azurite does it", read: readOf(), own: true },
  { what: "on an IPv6 socket", read: readOf(), own: true, clientAddress: "::ffff:127.0.0.1" },
  {
    what: "encoded in another way",
    read: readOf("/acc/c/a%20b.txt?comp=metadata&sig=a/b%3D&sp=r&sv=2020-10-02"),
    own: true,
  },
  { what: "from another machine", read: readOf(), clientAddress: "10.0.0.4" },
  { what: "of another blob", read: readOf(reading.replace("a%20b", "other")) },
  { what: "of the blob's content", read: readOf(reading.replace("&comp=metadata", "")) },
  { what: "with another signature", read: readOf(reading.replace("%2F", "x")) },
  { what: "at another host", read: readOf(reading, { Host: "127.0.0.1:10001" }) },
  { what: "by another program", read: readOf(reading, { "User-Agent": "curl/8" }) },
  { what: "with a key", read: readOf(reading, { Authorization: "SharedKey acc:x" }) },
  { what: "by a storage client", read: readOf(reading, { "x-ms-version": "2020-10-02" }) },
];
test.each(cases)("a read of the source, $what", ({ read, own = false, clientAddress }) => {
  const validations = new CopyValidations();
  validations.begin(copyOf("not a URL"));
  validations.begin(copyOf(source));
  validations.begin(read);
  expect(validations.end(endOf(read, clientAddress))).toBe(own);
});
