import type { Service } from "../storage-analytics/log-entry.js";
import { ledgerHourKey, type LogRollUp, type RollUpPart } from "../storage-analytics/log-roll-up.js";
import type { RequestIdSet } from "../storage-analytics/request-ids.js";
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
 * Adds a log blob to the ledgers of the hours in which its requests started, once.
 *
 * Ids of two blobs rarely overlap; when they do, the blob that comes later is read again without what the earlier one
 * counted. Each hour's part is appended whole or not at all, on condition that nothing was appended since its ids were
 * compared; so the blob can be given again, or to two instances, at any time.
 */
export async function rollUpLogBlob(ledgers: OpenLedgers, blob: LogBlobToRollUp): Promise<RollUpOutcome> {
  const hours: TouchedHour[] = [];
  let { duplicates } = blob.rollUp;
  let gone = false as boolean;
  const parts = blob.rollUp.parts();
  const recent = parts.filter(({ hour }) => hour >= blob.oldestHour);
  for (const part of recent) {
    const { service, hour } = part;
    const name = { account: blob.account, service, hour };
    let wasThere = false as boolean;
    await ledgers.append(name, async (ledger) => {
      wasThere = ledger.hasSource(blob.source);
      if (wasThere) return undefined;
      let fresh: RollUpPart | undefined = part;
      let ids = part.ids.toSortedBytes();
      if (ledger.ids.hasAnyOf(ids)) {
        const again = await blob.readAgain(new Map([[ledgerHourKey(part), ledger.ids]]));
        gone = again === undefined;
        if (again === undefined) return undefined;
        duplicates = Math.max(duplicates, again.duplicates);
        fresh = again.parts().find((each) => ledgerHourKey(each) === ledgerHourKey(part));
        ids = fresh?.ids.toSortedBytes() ?? new Uint8Array();
      }
      // a blob of duplicates alone leaves its name, so that it is not read a third time
      return { source: blob.source, cells: [...(fresh?.cells.cells() ?? [])], ids };
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
