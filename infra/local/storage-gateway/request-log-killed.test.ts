import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { parseLogLine } from "../../../shared/storage-analytics/log-line-parser.js";
import { startAzurite } from "../../../shared/testing/azurite.js";
import { endpointsOf, everything, logLinesOf, setLogging } from "./log-harness.js";

const compiled = (module: string): string =>
  new URL(`../../../dist/infra/local/storage-gateway/${module}`, import.meta.url).href;

const flushSeconds = 2;
const runMs = 2.5 * flushSeconds * 1_000;

/** Records a request every 10 ms and says the number of each. */
const recorder = `
  import { createRequestLog } from ${JSON.stringify(compiled("request-log.js"))};
  import { sampleExchange } from ${JSON.stringify(compiled("exchange-sample.js"))};
  const log = createRequestLog(JSON.parse(process.argv[1]));
  log.start();
  let number = 0;
  setInterval(() => {
    const now = performance.timeOrigin + performance.now();
    log.record(sampleExchange({ target: "/devstoreaccount1/c/" + number, startedAt: now, endedAt: now }));
    console.log(number++);
  }, 10);
`;

test("kill -9 loses at most one flush interval, and leaves no half-written line", async () => {
  const azurite = await startAzurite();
  try {
    await setLogging(azurite, "blob", everything);
    const { accounts } = azurite;
    const options = { accounts, azurite: endpointsOf(azurite), stateAccount: accounts[0], flushSeconds };
    const child = spawn(process.execPath, ["--input-type=module", "-e", recorder, JSON.stringify(options)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const recordedAt: number[] = [];
    createInterface({ input: child.stdout }).on("line", () => recordedAt.push(performance.now()));
    await once(child.stdout, "data");
    setTimeout(() => child.kill("SIGKILL"), runMs);
    await once(child, "exit");
    const killedAt = performance.now();

    const numbers = (await logLinesOf(azurite)).map((line) => {
      const outcome = parseLogLine(line);
      return outcome.kind === "entry" ? Number(outcome.entry.requestedObjectKey.split("/").at(-1)) : outcome.message;
    });
    expect(numbers).toEqual([...numbers.keys()]);
    const due = recordedAt.filter((time) => time < killedAt - flushSeconds * 1_000).length;
    expect(due).toBeGreaterThan(0);
    expect(numbers.length).toBeGreaterThanOrEqual(due);
  } finally {
    await azurite.stop();
  }
});
