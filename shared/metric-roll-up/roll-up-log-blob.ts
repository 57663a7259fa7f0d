import type { HourLedger } from "../storage-analytics/hour-ledger.js";
import type { Service } from "../storage-analytics/log-entry.js";
import { ledgerHourKey, type LogRollUp, type RollUpPart } from "../storage-analytics/log-roll-up.js";
import { RequestIdSet } from "../storage-analytics/request-ids.js";
import type { RollUpRecord } from "../storage-analytics/roll-up-record.js";
import type { OpenLedgers } from "./open-ledgers.js";

/** A log blob that was, or is being, read. */
export interface LogBlobToRollUp {
  readonly account: string;
  /** Name and ETag: a name that comes back with other content is another blob, whose requests happened, too. */
  readonly source: string;
  /** What the first read added up. */
  readonly rollUp: LogRollUp;
  /** Hours before this one, since the epoch, are left out: retention has removed their ledgers. */
  readonly oldestHour: number;
  /**
   * Reads the blob again, without entries of one hour whose ids were counted before: what it finds of that hour is what
   * the blob has added to it. Called for each hour that needs it, perhaps several times: the last one holds.
   * @returns undefined if it is gone
   */
  readAgain(excluded: ReadonlyMap<string, RequestIdSet>): Promise<LogRollUp | undefined>;
}

/** Identity of a log blob in the ledgers. */
export const logBlobSource = (name: string, etag: string): string => `log ${name} ${etag}`;

export interface TouchedHour {
  readonly service: Service;
  /** Since the epoch. */
  readonly hour: number;
}

export type RollUpOutcome =
  /** Hours whose ledgers have the blob now, by this call or an earlier one: their rows are due. Those too old don't. */
  | {
      readonly kind: "rolled-up";
      readonly hours: readonly TouchedHour[];
      readonly duplicates: number;
      readonly tooOld: number;
    }
  /** It was deleted between two reads; hours that have it already keep it. */
  | { readonly kind: "gone"; readonly hours: readonly TouchedHour[] };

/**
 * Adds log blobs to the ledgers of the hours in which their requests started, each once, as `rollUpLogBlob` does: those
 * whose ids overlap with nothing go into a ledger with one append.
 * @returns what became of each
 */
export async function rollUpLogBlobs(
  ledgers: OpenLedgers,
  blobs: readonly LogBlobToRollUp[],
): Promise<readonly RollUpOutcome[]> {
  const appended = await appendTogether(ledgers, blobs);
  const outcomes: RollUpOutcome[] = [];
  for (const blob of blobs) outcomes.push(await rollUpLogBlob(ledgers, blob, appended));
  return outcomes;
}

interface PartOfBlob {
  readonly account: string;
  readonly source: string;
  readonly part: RollUpPart;
}

/** @returns the parts that were appended; whatever stands in the way of one leaves it out */
async function appendTogether(
  ledgers: OpenLedgers,
  blobs: readonly LogBlobToRollUp[],
): Promise<ReadonlySet<RollUpPart>> {
  const hours = new Map<string, PartOfBlob[]>();
  for (const { account, source, rollUp, oldestHour } of blobs) {
    for (const part of rollUp.parts().filter(({ hour }) => hour >= oldestHour)) {
      const key = `${account} ${ledgerHourKey(part)}`;
      hours.set(key, [...(hours.get(key) ?? []), { account, source, part }]);
    }
  }
  const all = new Set<RollUpPart>();
  for (const parts of hours.values()) {
    const [first] = parts;
    if (first === undefined || parts.length === 1) continue;
    const { service, hour } = first.part;
    let appended: readonly RollUpPart[] = [];
    await ledgers.append({ account: first.account, service, hour }, (ledger) => {
      const records = recordsOf(parts, ledger);
      appended = [...records.keys()];
      return Promise.resolve([...records.values()]);
    });
    for (const part of appended) all.add(part);
  }
  return all;
}

/** Records of those parts whose ids are neither in the ledger nor in a part before them. */
function recordsOf(parts: readonly PartOfBlob[], ledger: HourLedger): ReadonlyMap<RollUpPart, RollUpRecord> {
  const records = new Map<RollUpPart, RollUpRecord>();
  const before = new RequestIdSet();
  for (const { source, part } of parts) {
    if (ledger.hasSource(source)) continue;
    const ids = part.ids.toSortedBytes();
    if (ledger.ids.hasAnyOf(ids) || before.hasAnyOf(ids)) continue;
    before.addAll(ids);
    records.set(part, { source, cells: [...part.cells.cells()], ids });
  }
  return records;
}

/**
 * Adds a log blob to the ledgers of the hours in which its requests started, once.
 *
 * Ids of two blobs rarely overlap; when they do, the blob that comes later is read again without what the earlier one
 * counted. Each hour's part is appended whole or not at all, on condition that nothing was appended since its ids were
 * compared; so the blob can be given again, or to two instances, at any time.
 * @param appended parts that this call's caller has appended just now
 */
export async function rollUpLogBlob(
  ledgers: OpenLedgers,
  blob: LogBlobToRollUp,
  appended: ReadonlySet<RollUpPart> = new Set(),
): Promise<RollUpOutcome> {
  const hours: TouchedHour[] = [];
  let { duplicates } = blob.rollUp;
  let gone = false as boolean;
  const parts = blob.rollUp.parts();
  const recent = parts.filter(({ hour }) => hour >= blob.oldestHour);
  for (const part of recent) {
    const { service, hour } = part;
    if (appended.has(part)) {
      hours.push({ service, hour });
      continue;
    }
    const name = { account: blob.account, service, hour };
    let wasThere = false as boolean;
    await ledgers.append(name, async (ledger) => {
      wasThere = ledger.hasSource(blob.source);
      if (wasThere) return [];
      let fresh: RollUpPart | undefined = part;
      let ids = part.ids.toSortedBytes();
      if (ledger.ids.hasAnyOf(ids)) {
        const again = await blob.readAgain(new Map([[ledgerHourKey(part), ledger.ids]]));
        gone = again === undefined;
        if (again === undefined) return [];
        duplicates = Math.max(duplicates, again.duplicates);
        fresh = again.parts().find((each) => ledgerHourKey(each) === ledgerHourKey(part));
        ids = fresh?.ids.toSortedBytes() ?? new Uint8Array();
      }
      // a blob of duplicates alone leaves its name, so that it is not read a third time
      return [{ source: blob.source, cells: [...(fresh?.cells.cells() ?? [])], ids }];
    });
    if (gone) return { kind: "gone", hours };
    if (wasThere) {
      // the process that appended ended before it could tell: what it left out is found again
      const before = await ledgers.idsBefore(name, blob.source);
      if (before.hasAnyOf(part.ids.toSortedBytes())) await blob.readAgain(new Map([[ledgerHourKey(part), before]]));
    }
    hours.push({ service, hour });
  }
  return { kind: "rolled-up", hours, duplicates, tooOld: parts.length - recent.length };
}
