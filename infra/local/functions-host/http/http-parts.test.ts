import { describe, expect, test } from "vitest";

import { answerCors } from "./cors.js";
import { FlowWindow } from "./flow-window.js";
import { isLoopbackAddress, namesLoopback } from "./host-header.js";
import { isJson } from "./http-request.js";
import { formatCookie } from "./http-response.js";
import { hstsHeader } from "./security-headers.js";
import { Throttle } from "./throttle.js";

test.each([
  ["localhost", true],
  ["LOCALHOST:7071", true],
  ["a.localhost", true],
  ["127.0.0.1:1", true],
  ["127.1.2.3", true],
  ["[::1]:7071", true],
  ["localhost.evil.example", false],
  ["127.0.0.1.evil.example", false],
  ["10.0.0.1", false],
  ["", false],
  [undefined, false],
])("the Host header %s names this machine: %s", (host, expected) => {
  expect(namesLoopback(host)).toBe(expected);
});

test.each([
  ["127.0.0.1", true],
  ["::1", true],
  ["localhost", true],
  ["0.0.0.0", false],
  ["::", false],
])("binding %s is for this machine only: %s", (address, expected) => {
  expect(isLoopbackAddress(address)).toBe(expected);
});

describe("HSTS (functions-host.md §6.8)", () => {
  const hsts = { maxAgeSeconds: 60, includeSubDomains: true, preload: true, excludedHosts: ["Excluded"] };
  test.each([
    [true, "a.example:443", "max-age=60; includeSubDomains; preload"],
    [false, "a.example", undefined],
    [true, "excluded:1", undefined],
  ])("over TLS %s for %s: %s", (secure, host, expected) => {
    expect(hstsHeader(hsts, secure, host)).toBe(expected);
  });
  test("is off unless it was switched on", () => {
    expect(hstsHeader(undefined, true, "a")).toBeUndefined();
  });
});

test("CORS for any origin names it only where credentials are allowed", () => {
  const any = (credentials: boolean) =>
    answerCors({ origins: ["*"], credentials }, "GET", { origin: "https://x" })?.headers["Access-Control-Allow-Origin"];
  expect([any(false), any(true)]).toEqual(["*", "https://x"]);
  expect(answerCors(undefined, "OPTIONS", { origin: "https://x" })).toBeUndefined();
});

test.each([
  [{ name: "a", value: "b c" }, "a=b%20c; path=/"],
  [
    {
      name: "a",
      value: "1",
      expires: { value: { seconds: 1 } },
      maxAge: { value: 5.9 },
      domain: { value: "d" },
      path: { value: "/p" },
    },
    "a=1; expires=Thu, 01 Jan 1970 00:00:01 GMT; max-age=5; domain=d; path=/p",
  ],
  [
    { name: "a", value: "1", secure: { value: true }, httpOnly: { value: true }, sameSite: "lax" as const },
    "a=1; path=/; secure; samesite=lax; httponly",
  ],
  [{ name: "a", value: "1", sameSite: "none" as const }, "a=1; path=/"],
  [{ name: "a", value: "1", sameSite: "explicitNone" as const }, "a=1; path=/; samesite=none"],
])("cookie %j is %s", (cookie, expected) => {
  expect(formatCookie(cookie)).toBe(expected);
});

test.each([
  ["application/json; charset=utf-8", true],
  ["application/vnd.api+json", true],
  ["text/json", true],
  ["text/plain", false],
  [undefined, false],
])("content type %s is JSON: %s", (type, expected) => {
  expect(isJson(type === undefined ? {} : { "content-type": type })).toBe(expected);
});

test("a throttle hands a freed place to the one that waits longest", async () => {
  const throttle = new Throttle({ maxConcurrentRequests: 1, maxOutstandingRequests: 3 });
  const order: string[] = [];
  const first = await throttle.enter();
  const second = throttle.enter().then((leave) => (order.push("second"), leave));
  const third = throttle.enter().then((leave) => (order.push("third"), leave));
  expect(await throttle.enter()).toBeUndefined();
  first?.();
  first?.(); // leaving twice frees one place only
  (await second)?.();
  (await third)?.();
  expect(order).toEqual(["second", "third"]);
  expect(await throttle.enter()).toBeDefined();
});

describe("a response stream stays close to its reader (functions-host.md §6.6)", () => {
  const block = Buffer.alloc(262_144);
  async function* endless(taken: { count: number; ended: boolean }) {
    try {
      for (;;) {
        taken.count++;
        yield block;
        await Promise.resolve();
      }
    } finally {
      taken.ended = true;
    }
  }
  const settled = () => new Promise((done) => setTimeout(done, 20));

  test("it waits for what was delivered, and ends when nobody reads any more", async () => {
    const taken = { count: 0, ended: false };
    const window = new FlowWindow();
    const { body } = window.hold({ body: endless(taken) }) as { body: AsyncIterable<Buffer> };
    const reading = (async () => {
      for await (const chunk of body) expect(chunk.length).toBe(block.length);
    })();
    await settled();
    expect(taken.count).toBe(4);
    window.delivered(2 * block.length);
    await settled();
    expect(taken.count).toBe(6);
    window.close();
    await reading;
    expect(taken.ended).toBe(true);
  });

  test("what is in memory anyway is left alone", () => {
    const window = new FlowWindow();
    for (const result of [{ body: "text" }, { body: block }, { status: 200 }, { body: new Blob(["b"]) }]) {
      expect(window.hold(result)).toBe(result);
    }
  });

  test("a Response keeps its class", async () => {
    const response = new Response("text", { status: 201 });
    expect(new FlowWindow().hold(response)).toBe(response);
    expect(await new Response(response.body).text()).toBe("text");
  });
});
