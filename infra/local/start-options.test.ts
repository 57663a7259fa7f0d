import { describe, expect, test } from "vitest";
import { help, parseStartOptions, portsToOpen } from "./start-options.js";

const defaults = {
  port: 7071,
  storagePort: 10000,
  azuritePort: 20000,
  directoryPort: 7090,
  identityPort: 7091,
  httpsPort: 7443,
  mailboxPort: 7092,
  smtpPort: 7093,
  data: ".vigil",
  https: false,
  analytics: true,
};

describe("options of npm start", () => {
  test.each([
    { args: [], options: {} },
    { args: ["--port", "8080"], options: { port: 8080 } },
    { args: ["--storage-port=11000", "--azurite-port", "21000"], options: { storagePort: 11000, azuritePort: 21000 } },
    {
      args: ["--directory-port", "1", "--identity-port", "2", "--mailbox-port", "3", "--smtp-port", "4"],
      options: { directoryPort: 1, identityPort: 2, mailboxPort: 3, smtpPort: 4 },
    },
    { args: ["--data", "/tmp/x", "--no-analytics"], options: { data: "/tmp/x", analytics: false } },
    { args: ["--https", "--https-port", "8443"], options: { https: true, httpsPort: 8443 } },
    { args: ["--storage-port", "65533"], options: { storagePort: 65533 } },
  ])("$args are accepted", ({ args, options }) => {
    expect(parseStartOptions(args)).toEqual({ kind: "options", options: { ...defaults, ...options } });
  });

  test.each([
    { args: ["--port", "abc"], message: "--port must be a port from 1 to 65535, instead got abc" },
    { args: ["--port", "0"], message: "--port must be a port from 1 to 65535, instead got 0" },
    { args: ["--port", "1e3"], message: "--port must be a port from 1 to 65535, instead got 1e3" },
    {
      args: ["--storage-port", "65534"],
      message: "--storage-port must be a port from 1 to 65533, instead got 65534",
    },
    {
      args: ["--port", "10001"],
      message: "--port and --storage-port both want port 10001; move one of them",
    },
    {
      args: ["--azurite-port", "9998"],
      message: "--storage-port and --azurite-port both want port 10000; move one of them",
    },
    {
      args: ["--https-port", "7071"],
      message: "--port and --https-port both want port 7071; move one of them",
    },
    { args: ["--data", ""], message: "--data must be the path of a folder, instead got an empty one" },
    { args: ["--prot", "1"], message: expect.stringContaining("--prot") as string },
    { args: ["extra"], message: expect.stringContaining("extra") as string },
  ])("$args are refused with a reason", ({ args, message }) => {
    expect(parseStartOptions(args)).toEqual({ kind: "invalid", message });
  });

  test("--help lists every option with its default", () => {
    expect(parseStartOptions(["--help"])).toEqual({ kind: "help" });
    for (const word of ["--port", "--storage-port", "--smtp-port", "--data", "--no-analytics", "10000", "7093"]) {
      expect(help).toContain(word);
    }
  });

  test("seven ports are opened, each with the option that moves it", () => {
    const parsed = parseStartOptions([]);
    const ports = parsed.kind === "options" ? portsToOpen(parsed.options) : [];
    expect(ports.map(({ port, option }) => `${option} ${port}`)).toEqual([
      "--port 7071",
      "--storage-port 10000",
      "--storage-port 10001",
      "--storage-port 10002",
      "--azurite-port 20000",
      "--azurite-port 20001",
      "--azurite-port 20002",
    ]);
  });

  test("with --https there is one more", () => {
    const parsed = parseStartOptions(["--https"]);
    const ports = parsed.kind === "options" ? portsToOpen(parsed.options) : [];
    expect(ports).toHaveLength(8);
    expect(ports).toContainEqual({ port: 7443, option: "--https-port" });
  });
});
