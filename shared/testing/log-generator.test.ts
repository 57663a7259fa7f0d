import { expect, test } from "vitest";
import { LogParser } from "../storage-analytics/log-parser.js";
import { type LogEntry } from "../storage-analytics/log-entry.js";
import { generateLogBytes, generateLogEntries, type GeneratedLog } from "./log-generator.js";

const options: GeneratedLog = {
  seed: 11,
  entries: 5_000,
  from: new Date("2024-03-07T10:00Z"),
  to: new Date("2024-03-07T11:00Z"),
};

test("the same seed gives the same entries, another seed others", () => {
  expect([...generateLogEntries(options)]).toEqual([...generateLogEntries(options)]);
  expect([...generateLogEntries({ ...options, seed: 12 })]).not.toEqual([...generateLogEntries(options)]);
});

test.each(["1.0", "2.0"] as const)("a log of version %s is read back as the entries it was made of", (version) => {
  const read: LogEntry[] = [];
  const parser = new LogParser((line) => {
    if (line.kind === "entry") read.push(line.entry);
  });
  for (const chunk of generateLogBytes({ ...options, version })) parser.push(chunk);
  parser.end();
  expect(read).toEqual([...generateLogEntries({ ...options, version })]);
  expect(new Set(read.map((entry) => entry.version))).toEqual(new Set([version]));
});

test("entries take about 500 bytes and start in order within the time asked for", () => {
  const bytes = [...generateLogBytes(options)].reduce((sum, { length }) => sum + length, 0);
  expect(bytes / options.entries).toBeGreaterThan(450);
  expect(bytes / options.entries).toBeLessThan(560);
  const minutes = [...generateLogEntries(options)].map(({ requestStartTime }) => requestStartTime.slice(0, 16));
  expect(minutes).toEqual([...minutes].sort());
  expect(new Set(minutes).size).toBe(60);
});

test("services are those asked for; the table service has no version 2.0", () => {
  const servicesOf = (more: Partial<GeneratedLog>) =>
    [...new Set([...generateLogEntries({ ...options, ...more })].map(({ serviceType }) => serviceType))].sort();
  expect(servicesOf({ version: "1.0" })).toEqual(["blob", "queue", "table"]);
  expect(servicesOf({ version: "2.0" })).toEqual(["blob", "queue"]);
  expect(servicesOf({ services: ["queue"] })).toEqual(["queue"]);
});
