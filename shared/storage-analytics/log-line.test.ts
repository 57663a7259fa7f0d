import { describe, expect, test } from "vitest";
import { blobRead, emptyEntry } from "../testing/log-entries.js";
import { fieldCounts, formatLogEntry, logFields } from "./log-line.js";

const blobReadLine =
  '1.0;2014-06-19T22:59:23.1967767Z;GetBlob;AnonymousSuccess;200;17;16;anonymous;;storagesample;blob;"https://storagesample.blob.core.windows.net/sample-container1/00001.txt";"/storagesample/sample-container1/00001.txt";61d2e3f6-bcb7-4cd1-a81e-4f8f497f0da2;0;192.100.0.102:4362;2014-02-14;283;0;354;23;0;;;"&quot;0x8D15A2913C934DE&quot;";Thursday, 19-Jun-14 22:58:10 GMT;;"WA-Storage/4.0.1 (.NET CLR 4.0.30319.34014; Win32NT 6.3.9600.0)";;"44dfd78e-7288-4898-8f70-c3478983d3b6"';

describe("a log line", () => {
  test("of version 1.0 has 30 fields and no semicolon at its end", () => {
    expect(formatLogEntry(blobRead)).toBe(blobReadLine);
  });

  test("of version 2.0 without a token ends in eight semicolons", () => {
    expect(formatLogEntry({ ...blobRead, version: "2.0" })).toBe(`2.0${blobReadLine.slice(3)};;;;;;;;`);
  });

  test("of version 2.0 quotes the fields of the token and leaves the reserved one empty", () => {
    const line = formatLogEntry({
      ...emptyEntry,
      version: "2.0",
      userObjectId: "o",
      tenantId: "t",
      applicationId: "a",
      audience: "https://storage.azure.com/",
      issuer: "i",
      userPrincipalName: "u@example.org",
      authorizationDetail: '[{"action":"read"}]',
    });
    expect(
      line.endsWith(
        ';;"o";"t";"a";"https://storage.azure.com/";"i";"u@example.org";;"[{&quot;action&quot;:&quot;read&quot;}]"',
      ),
    ).toBe(true);
  });

  test("of an empty entry is separators only", () => {
    expect(formatLogEntry(emptyEntry)).toBe(`1.0;2014-06-19T22:59:23.1967767Z${";".repeat(28)}`);
  });

  test.each([
    ["the five special characters", `a&b<c>d"e;'f`, `"a&amp;b&lt;c&gt;d&quot;e;'f"`],
    ["an entity that was there before", "&quot;", '"&amp;quot;"'],
    ["CR, LF and other line ends", "a\r\nb\u2028c\u0085d\u000be\u0000f", '"a  b c d e f"'],
    ["tabs and blanks", "\ta ", '"\ta "'],
    ["other Unicode", "grün/猫/😀", '"grün/猫/😀"'],
  ])("encodes %s in a quoted field", (_, requestUrl, written) => {
    expect(formatLogEntry({ ...emptyEntry, requestUrl })).toContain(`;${written};`);
  });

  test.each([
    ["as it is", "2014-02-14", ";2014-02-14;"],
    ["with an ampersand as it is", "a&b", ";a&b;"],
    ["with inner blanks as it is", "Thursday, 19-Jun-14", ";Thursday, 19-Jun-14;"],
    ["quoted when a semicolon would shift the columns", "1;2", ';"1;2";'],
    ["quoted when it has a quote", 'a"b', ';"a&quot;b";'],
    ["quoted when it begins with a blank", " a", ';" a";'],
  ])("writes a plain field %s", (_, requestVersionHeader, written) => {
    expect(formatLogEntry({ ...emptyEntry, requestVersionHeader })).toContain(written);
  });

  test("names every field of an entry once", () => {
    const names = logFields.flatMap(({ name }) => name ?? []);
    expect([...names].sort()).toEqual(Object.keys(emptyEntry).sort());
    expect(logFields).toHaveLength(fieldCounts["2.0"]);
  });
});
