import type { GatewayMark } from "../storage-analytics/gateway-mark.js";
import type { Service } from "../storage-analytics/log-entry.js";
import {
  ownUsageSource,
  systemCell,
  type OwnUsage,
  type OwnUsageMeter,
  type OwnUsageSample,
} from "../storage-analytics/system-usage.js";
import type { UsageSamples } from "../stores/usage-samples/usage-samples.js";
import type { OpenLedgers } from "./open-ledgers.js";

const hourMs = 3_600_000;

/**
 * Adds what analytics did itself to the hour in which it said so, once for each sample. The hour does not become due by
 * that: publishing it is work of analytics again, and would never end. Its rows come with the next requests of clients,
 * or with the last look at the hour.
 */
async function addUsage(
  ledgers: OpenLedgers,
  account: string,
  service: Service,
  writer: string,
  before: OwnUsage | undefined,
  after: OwnUsageSample,
): Promise<void> {
  const cell = systemCell(before, after);
  if (cell === undefined) return;
  const source = ownUsageSource(writer, after.at);
  await ledgers.append({ account, service, hour: Math.floor(after.at / hourMs) }, (ledger) =>
    Promise.resolve(ledger.hasSource(source) ? [] : [{ source, cells: [cell], ids: new Uint8Array() }]),
  );
}

const gateway = "gateway";

/** What gateways write, by their marks. Remembers what is counted already, to save look-ups. */
export class GatewayUsage {
  readonly #samples: UsageSamples;
  readonly #ledgers: OpenLedgers;
  readonly #counted = new Map<string, OwnUsage>();

  constructor(samples: UsageSamples, ledgers: OpenLedgers) {
    this.#samples = samples;
    this.#ledgers = ledgers;
  }

  /** @param mark of the Blob service, to which all log blobs go */
  async record(account: string, { ownRequests: requests, ownBytes: bytes }: GatewayMark, now: Date): Promise<void> {
    const known = this.#counted.get(account);
    if (known?.requests === requests && known.bytes === bytes) return;
    const stored = await this.#samples.read(account, gateway);
    const add = (before: OwnUsage | undefined, last: OwnUsageSample): Promise<void> =>
      addUsage(this.#ledgers, account, "blob", gateway, before, last);
    // whoever saved it may have ended before it was counted
    if (stored !== undefined) await add(stored.before, stored.last);
    if (stored?.last.requests !== requests || stored.last.bytes !== bytes) {
      const last = { requests, bytes, at: now.getTime() };
      const saved = await this.#samples.save(account, gateway, { before: stored?.last, last }, stored?.etag);
      if (!saved) return;
      await add(stored?.last, last);
    }
    this.#counted.set(account, { requests, bytes });
  }
}

/** What this process writes into the `$Metrics…` tables of accounts that a gateway stands before. */
export class AppUsage {
  readonly #ledgers: OpenLedgers;
  readonly #writer: string;
  #samples = 0;

  /** @param instance a name that no other process has */
  constructor(ledgers: OpenLedgers, instance: string) {
    this.#ledgers = ledgers;
    this.#writer = `app ${instance}`;
  }

  /** Counts what the meter of an account has added up. */
  async record(account: string, meter: OwnUsageMeter, now: Date): Promise<void> {
    const { requests, bytes } = meter.take();
    const writer = `${this.#writer} ${++this.#samples}`;
    try {
      await addUsage(this.#ledgers, account, "table", writer, undefined, { requests, bytes, at: now.getTime() });
    } catch (error) {
      meter.add(requests, bytes);
      throw error;
    }
  }
}
