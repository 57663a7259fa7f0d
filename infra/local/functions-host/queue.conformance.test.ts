import { resolve } from "node:path";

import { QueueServiceClient } from "@azure/storage-queue";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type Azurite, startAzurite } from "../../../shared/testing/azurite.js";
import {
  eventually,
  type HostProcess,
  type HostProcessOptions,
  startHostProcess,
} from "../../../shared/testing/functions-host.js";

const appFolder = resolve(import.meta.dirname, "testdata/queue-app");
const base64 = (text: string | Buffer): string => Buffer.from(text).toString("base64");

// an account for each group of hosts: what one leaves behind, no other one finds
const accounts = Array.from({ length: 8 }, (_, index) => ({ name: `hosts${index}`, key: base64("a key") }));
let used = 0;
let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite({ accounts });
});
afterAll(() => azurite.stop());

/** Connection string of an account that nobody used. */
function freshStorage(): string {
  const account = accounts[used++];
  if (account === undefined) throw new Error("more groups of hosts than accounts: make the list longer");
  return azurite.connectionString(account.name);
}

/** Queues of one account, with what tests do to them. */
function openQueues(storage: string) {
  const service = QueueServiceClient.fromConnectionString(storage);
  const queue = (name: string) => service.getQueueClient(name);
  return {
    queue,
    send: async (name: string, text: string | Buffer) => {
      await queue(name).createIfNotExists();
      return await queue(name).sendMessage(base64(text));
    },
    /** Takes the next message off a queue. */
    take: (name: string): Promise<string> =>
      eventually(`queue ${name} has a message`, async () => {
        try {
          const [message] = (await queue(name).receiveMessages()).receivedMessageItems;
          if (message === undefined) return undefined;
          await queue(name).deleteMessage(message.messageId, message.popReceipt);
          return Buffer.from(message.messageText, "base64").toString();
        } catch (error) {
          if ((error as { statusCode?: number }).statusCode === 404) return undefined;
          throw error;
        }
      }),
    isEmpty: async (name: string): Promise<boolean> =>
      ((await queue(name).getProperties()).approximateMessagesCount ?? 0) === 0,
  };
}

type Seen = { type: string; message: unknown; metadata: Record<string, unknown>; instance?: string };

function start(storage: string, more: Partial<HostProcessOptions> = {}): Promise<HostProcess> {
  return startHostProcess({
    appFolder,
    storage,
    ...more,
    environment: {
      OBSERVED: "Observed",
      AzureWebJobs_disabledQueue_Disabled: "1",
      ...more.environment,
    },
  });
}

describe("queue functions", () => {
  let host: HostProcess;
  let queues: ReturnType<typeof openQueues>;
  beforeAll(async () => {
    const storage = freshStorage();
    queues = openQueues(storage);
    host = await start(storage, { options: ["--receive-lease-seconds", "2"] });
  });
  afterAll(() => host.stop());

  const seen = async (text: string | Buffer): Promise<Seen> => {
    await queues.send("observed", text);
    return JSON.parse(await queues.take("seen")) as Seen;
  };

  test.each([
    { section: 4.1, text: "123", message: 123 },
    { section: 4.1, text: '{"a":1}', message: { a: 1 } },
    { section: 4.1, text: "plain", message: "plain" },
    { section: 4.1, text: "true", message: true },
    { section: 4.1, text: "[1,2]", message: [1, 2] },
    { section: 4.1, text: '{"Upper":{"Case":1}}', message: { Upper: { Case: 1 } } },
    { section: 4.1, text: "é€\u{1F600}", message: "é€\u{1F600}" },
    { section: 4.1, text: "{broken", message: "{broken" },
  ])("§$section: the message $text reaches the handler as $message", async ({ text, message }) => {
    expect((await seen(text)).message).toEqual(message);
  });

  test("§8.6: metadata of a plain message", async () => {
    const { metadata } = await seen("plain");
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$/) as unknown;
    expect(metadata).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
      dequeueCount: 1,
      popReceipt: expect.any(String) as unknown,
      queueTrigger: "plain",
      insertionTime: time,
      expirationTime: time,
      nextVisibleTime: time,
    });
  });

  test.each([
    { section: 8.6, message: { order: 7 }, name: "order", value: 7 },
    { section: 8.6, message: { flag: true }, name: "flag", value: "True" },
    { section: 8.6, message: { text: "t" }, name: "text", value: "t" },
    { section: 8.6, message: { deep: { Inner: 1 } }, name: "deep", value: { inner: 1 } },
    { section: 8.6, message: { list: [1] }, name: "list", value: undefined },
    { section: 8.6, message: { none: null }, name: "none", value: undefined },
    { section: 8.6, message: { id: "x" }, name: "id", value: "x" },
    { section: 8.6, message: { DequeueCount: 0 }, name: "dequeueCount", value: 0 },
    { section: 8.6, message: { at: "2026-11-23T13:16:13Z" }, name: "at", value: "11/23/2026 13:16:13" },
    { section: 8.6, message: { Work: { A: 1 } }, name: "queueTrigger", value: { work: { a: 1 } } },
  ])("§$section: of $message the metadata shows $name as $value", async ({ message, name, value }) => {
    expect((await seen(JSON.stringify(message))).metadata[name]).toEqual(value);
  });

  test("§8.6: text that is no UTF-8 has no queueTrigger", async () => {
    const { metadata } = await seen(Buffer.from([0xff, 0xfe, 0x00]));
    expect(metadata).not.toHaveProperty("queueTrigger");
  });

  test.each([
    { section: 5, value: "bytes", messages: ["\u0001\u0002\u0003"] },
    { section: 5, value: "array", messages: ["text", '{\n  "a": 1\n}', "5", "True", ""] },
    { section: 5, value: "object", messages: ['{\n  "a": {\n    "b": [\n      1\n    ]\n  }\n}'] },
    { section: 5, value: "jsontext", messages: ['{\n  "a": 1\n}', "b"] },
    { section: 5, value: "plain", messages: ["plain [text"] },
    { section: 5, value: "integer", messages: ["7"] },
    { section: 5, value: "double", messages: ["1.5"] },
  ])("§$section: an output of $value becomes $messages", async ({ value, messages }) => {
    await queues.send("write", value);
    const found: string[] = [];
    while (found.length < messages.length) found.push(await queues.take("out-first"));
    expect(found).toEqual(messages);
  });

  test("§5: a text that only looks like JSON fails the invocation, which is retried, then poisoned", async () => {
    await queues.send("write", "broken");
    expect(await queues.take("write-poison")).toBe("broken");
  });

  test("§4.3: without a return binding an object is a dictionary from output to value", async () => {
    await queues.send("dictionary", "x");
    expect(JSON.parse(await queues.take("out-first"))).toEqual({ by: "name" });
    expect(await queues.take("out-second")).toBe("two");
  });

  test("§9.1: $return goes to the queue that the message names, which is created", async () => {
    await queues.send("returned", JSON.stringify({ kind: "KIND", nested: { name: "n" }, text: "hello" }));
    expect(await queues.take(`out-kind-n-${new Date().getUTCFullYear()}`)).toBe("hello");
  });

  test("§9.1: a name without a value fails the invocation", async () => {
    await queues.send("returned", JSON.stringify({ text: "hello" }));
    await queues.take("returned-poison");
    expect(host.output()).toContain("No value for named parameter 'kind'.");
  });

  test("§8.3, §8.4: a message that fails is tried maxDequeueCount times, then goes whole to the poison queue, itself a trigger", async () => {
    await queues.send("fail", "me");
    expect(JSON.parse(await queues.take("seen"))).toEqual({ poisoned: "me" });
    const tries = [...host.output().matchAll(/Function\.fail\.User: try (\d)/g)].map(([, number]) => number);
    expect(tries).toEqual(["1", "2", "3"]);
    expect(host.output()).toMatch(/moved to 'fail-poison': the last of 3 tries failed/);
    expect(await queues.isEmpty("fail")).toBe(true);
  });

  test("§8.4: a body that is not base64 is poisoned without a run, and the log says why", async () => {
    await queues.queue("observed").sendMessage("<not base64>");
    const [message] = await eventually("it is poisoned", async () => {
      const found = await queues
        .queue("observed-poison")
        .receiveMessages()
        .catch(() => undefined);
      return found !== undefined && found.receivedMessageItems.length > 0 && found.receivedMessageItems;
    });
    expect(message?.messageText).toBe("<not base64>");
    // the line follows when the original is deleted, too
    const reason = /of queue 'observed' was moved .* its body is not base64, and messageEncoding is base64/;
    await eventually("the log says why", () => Promise.resolve(reason.test(host.output())));
  });

  test("§8.3: a run longer than the lease keeps its message, whose newest pop receipt deletes it", async () => {
    await queues.send("slow", JSON.stringify({ id: "long", ms: 3_500 }));
    expect(JSON.parse(await queues.take("seen"))).toMatchObject({ done: "long" });
    await eventually("the message is deleted", () => queues.isEmpty("slow"));
    expect(host.output().split("begins long")).toHaveLength(2);
  });

  test("§10.3: a disabled function has no listener", async () => {
    await queues.send("disabled", "stays");
    await seen("something else");
    expect(await queues.isEmpty("disabled")).toBe(false);
  });

  test("§10.4: a queue function runs by hand with the text given", async () => {
    const answer = await fetch(`${host.url}/admin/functions/observe`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ input: '{"by":"hand"}' }),
    });
    expect([answer.status, await answer.text()]).toEqual([202, ""]);
    expect(JSON.parse(await queues.take("seen"))).toMatchObject({ message: { by: "hand" } });
  });

  test("§10.4: drain stops the listeners, resume starts them", async () => {
    expect((await fetch(`${host.url}/admin/host/drain`, { method: "POST" })).status).toBe(202);
    await eventually("it is drained", async () => {
      const status = (await (await fetch(`${host.url}/admin/host/drain/status`)).json()) as { state: string };
      return status.state === "Completed";
    });
    await queues.send("observed", "waits");
    await new Promise((done) => setTimeout(done, 600));
    expect(await queues.isEmpty("observed")).toBe(false);
    await fetch(`${host.url}/admin/host/resume`, { method: "POST" });
    expect(JSON.parse(await queues.take("seen"))).toMatchObject({ message: "waits" });
  });
});

describe("several hosts, and storage that goes away", () => {
  const fastLease = { options: ["--receive-lease-seconds", "2"] };

  test("two hosts on one storage do each message once", async () => {
    const storage = freshStorage();
    const queues = openQueues(storage);
    const hosts = await Promise.all(["a", "b"].map((INSTANCE) => start(storage, { environment: { INSTANCE } })));
    const count = 60;
    await queues.queue("slow").createIfNotExists();
    for (let id = 0; id < count; id++) await queues.send("slow", JSON.stringify({ id, ms: 50 }));
    const done: { done: number; instance: string }[] = [];
    while (done.length < count) done.push(JSON.parse(await queues.take("seen")) as (typeof done)[number]);
    await eventually("all are deleted", () => queues.isEmpty("slow"));
    expect(done.map((each) => each.done).sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, id) => id));
    expect(new Set(done.map(({ instance }) => instance))).toEqual(new Set(["a", "b"]));
    expect(await queues.isEmpty("seen")).toBe(true);
    await Promise.all(hosts.map((host) => host.stop()));
  });

  test("what a killed host was working on is done by the next one once the lease has ended", async () => {
    const storage = freshStorage();
    const queues = openQueues(storage);
    const first = await start(storage, { ...fastLease, environment: { INSTANCE: "first" } });
    await queues.send("slow", JSON.stringify({ id: "orphan", ms: 1_500 }));
    await eventually("it begins", () => first.output().includes("begins orphan"));
    await first.kill();
    const second = await start(storage, { ...fastLease, environment: { INSTANCE: "second" } });
    expect(JSON.parse(await queues.take("seen"))).toEqual({ done: "orphan", instance: "second" });
    await second.stop();
  });

  test("§10.5: a stop completes the message that is being worked on", async () => {
    const storage = freshStorage();
    const queues = openQueues(storage);
    const host = await start(storage);
    await queues.send("slow", JSON.stringify({ id: "last", ms: 800 }));
    await eventually("it begins", () => host.output().includes("begins last"));
    expect(await host.stop()).toBe(0);
    expect(JSON.parse(await queues.take("seen"))).toMatchObject({ done: "last" });
    expect(await queues.isEmpty("slow")).toBe(true);
  });

  test("§12: storage that is down at start is named with its address, and used once it is up", async () => {
    const storage = freshStorage();
    const queues = openQueues(storage);
    await azurite.stop();
    const host = await start(storage);
    expect(host.output()).toContain(
      `The queue service at 127.0.0.1:${azurite.queuePort} refuses connections; is Azurite up? The host keeps trying.`,
    );
    await azurite.start();
    await queues.send("observed", "late");
    expect(JSON.parse(await queues.take("seen"))).toMatchObject({ message: "late" });
    await host.stop();
  });

  test("§8.1: messageEncoding none: text goes in and out as it is", async () => {
    const storage = freshStorage();
    const queues = openQueues(storage);
    const host = await start(storage, {
      environment: { AzureFunctionsJobHost__extensions__queues__messageEncoding: "none" },
    });
    await queues.queue("observed").createIfNotExists();
    await queues.queue("observed").sendMessage("dGV4dA==");
    const [message] = await eventually("it was seen", async () => {
      const found = await queues
        .queue("seen")
        .receiveMessages()
        .catch(() => undefined);
      return found !== undefined && found.receivedMessageItems.length > 0 && found.receivedMessageItems;
    });
    expect(JSON.parse(message?.messageText ?? "")).toMatchObject({ message: "dGV4dA==" });
    await host.stop();
  });
});
