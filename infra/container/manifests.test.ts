import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";

import { accessSettingsSchema } from "../../shared/access/access-settings.js";
import { deliverQueue } from "../../shared/actions/delivery-work.js";
import { evaluateAlertsQueue } from "../../shared/alerting/evaluation-work.js";
import { countCapacityQueue } from "../../shared/capacity/capacity-work.js";
import { publishMetricsQueue } from "../../shared/metric-roll-up/publication-work.js";
import { removeExpiredQueue } from "../../shared/retention/retention-work.js";
import { readLogsQueue } from "../../shared/request-logs/log-work.js";

const app = resolve(import.meta.dirname, "../..");
const folder = join(import.meta.dirname, "kubernetes");
const workQueues = [
  ...[readLogsQueue, countCapacityQueue, publishMetricsQueue, removeExpiredQueue],
  ...[evaluateAlertsQueue, deliverQueue],
];

interface Container {
  readonly image: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly securityContext: object;
  readonly resources: { readonly limits: object };
  readonly livenessProbe: object;
}
interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: {
      readonly spec: { readonly containers: readonly [Container]; readonly securityContext: object };
    };
    readonly scaleTargetRef?: { readonly name: string };
    readonly triggers?: readonly { readonly type: string; readonly metadata: Readonly<Record<string, string>> }[];
  };
}

let manifests: readonly Manifest[];
let registrations: string;
beforeAll(async () => {
  const files = (await readdir(folder)).filter((name) => name !== "kustomization.yaml");
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")));
  manifests = texts.flatMap((text) =>
    parseAllDocuments(text, { strict: true, uniqueKeys: true }).map((document) => {
      expect([...document.errors, ...document.warnings]).toEqual([]);
      return document.toJS() as Manifest;
    }),
  );
  registrations = await readFile(join(app, "functions/index.ts"), "utf8");
});
const ofKind = (kind: string): readonly Manifest[] => manifests.filter((each) => each.kind === kind);
const named = (kind: string, name: string): Manifest =>
  ofKind(kind).find(({ metadata }) => metadata.name === name) ?? expect.fail(`no ${kind} ${name}`);
const containerOf = (deployment: Manifest): Container =>
  deployment.spec?.template?.spec.containers[0] ?? expect.fail("no container");
const functionsOf = (deployment: Manifest): readonly string[] =>
  containerOf(deployment)
    .env.filter(({ name }) => /^AzureFunctionsJobHost__functions__\d+$/.test(name))
    .map(({ value }) => value);

describe("every function runs in one deployment", () => {
  test.each([
    { deployment: "vigil-http", registered: /\bapp\.(?:get|post|put|patch|deleteRequest|http)\("(\w+)"/g },
    { deployment: "vigil-timers", registered: /\bapp\.timer\("(\w+)"/g },
    { deployment: "vigil-queues", registered: /\bapp\.storageQueue\("(\w+)"/g },
  ])("$deployment", ({ deployment, registered }) => {
    const names = [...registrations.matchAll(registered)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(0);
    // add a missing one to infra/container/kubernetes, as AzureFunctionsJobHost__functions__<n>
    expect(functionsOf(named("Deployment", deployment))).toEqual(expect.arrayContaining(names));
  });

  test("and in no other", () => {
    const all = ofKind("Deployment").flatMap(functionsOf);
    expect(new Set(all).size).toBe(all.length);
  });

  test("with numbers that the host reads as a list", () => {
    for (const deployment of ofKind("Deployment")) {
      expect(containerOf(deployment).env.map(({ name }) => name)).toEqual(
        functionsOf(deployment).map((_, index) => `AzureFunctionsJobHost__functions__${index}`),
      );
    }
  });
});

describe("KEDA", () => {
  test("wakes the deployment of queue functions for every work queue", () => {
    const [scaled, ...more] = ofKind("ScaledObject");
    expect(more).toEqual([]);
    expect(scaled?.spec?.scaleTargetRef?.name).toBe("vigil-queues");
    const triggers = scaled?.spec?.triggers ?? [];
    expect(triggers.map(({ metadata }) => metadata["queueName"])).toEqual(workQueues);
    for (const { type, metadata } of triggers) {
      expect(type).toBe("azure-queue");
      expect(Object.values(metadata).every((value) => typeof value === "string")).toBe(true);
    }
  });

  test("is not fought over the number of replicas", () => {
    expect(named("Deployment", "vigil-queues").spec?.replicas).toBeUndefined();
    expect(named("Deployment", "vigil-timers").spec?.replicas).toBe(1);
  });
});

describe("pods", () => {
  test("run without root, with limits and probes", () => {
    for (const deployment of ofKind("Deployment")) {
      const pod = deployment.spec?.template?.spec;
      expect(pod?.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
      expect(containerOf(deployment)).toMatchObject({
        image: "vigil",
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        resources: { limits: { memory: expect.any(String) as string } },
        livenessProbe: { httpGet: { path: "/admin/host/ping" } },
      });
    }
  });

  test("share one host id, and get no secret from a manifest", () => {
    const settings = named("ConfigMap", "vigil").data ?? {};
    expect(settings["AzureFunctionsWebHost__hostid"]).toBe("vigil");
    expect(ofKind("Secret")).toEqual([]);
    expect(Object.keys(settings)).not.toContain("VIGIL_KEY_SECRET");
    expect(JSON.stringify(manifests)).not.toMatch(/AccountKey=|SharedAccessSignature=/);
  });
});

describe("settings", () => {
  test("that deployments name exist", async () => {
    const sample = JSON.parse(await readFile(join(app, "local.settings.sample.json"), "utf8")) as { Values: object };
    const known = [...Object.keys(sample.Values), ...Object.keys(accessSettingsSchema)];
    const bicep = await readFile(join(app, "infra/azure/main.bicep"), "utf8");
    const used = [
      ...Object.keys(named("ConfigMap", "vigil").data ?? {}).filter((name) => name.startsWith("VIGIL_")),
      ...[...bicep.matchAll(/name: '(VIGIL_\w+)'/g)].map(([, name]) => name ?? ""),
    ];
    expect(used.filter((name) => !known.includes(name))).toEqual([]);
    expect(used.length).toBeGreaterThan(10);
  });

  test("that hold JSON do so", () => {
    const settings = named("ConfigMap", "vigil").data ?? {};
    const accounts = JSON.parse(settings["VIGIL_ACCOUNTS"] ?? "") as { connection: string }[];
    for (const { connection } of accounts) expect(settings[`${connection}__blobServiceUri`]).toMatch(/^https:/);
    expect(JSON.parse(settings["VIGIL_ROLE_ASSIGNMENTS"] ?? "")).toEqual([]);
  });
});
