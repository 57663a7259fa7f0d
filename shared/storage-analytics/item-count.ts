/**
 * Queues or tables whose names are kept between two steps; with names of 63 letters this is 66 KB of progress. The most
 * that the Table service answers with, because the emulator pages queues wrongly: it sorts by name and goes on by age.
 */
export const holdersPerPage = 1_000;

/**
 * How far the messages of an account's queues, or the entities of its tables, are counted: as `CapacityProgress`, but
 * there is nothing to tell apart, and no bytes are known.
 */
export interface ItemProgress {
  /** Pages so far. */
  readonly step: number;
  /** Queues or tables that are still to be counted, the current one first. */
  readonly holders: readonly string[];
  /** Where the next page of items of the first one begins; undefined: at its start. */
  readonly itemMarker: string | undefined;
  /** Where the next page of holders begins; undefined: at the start. */
  readonly holderMarker: string | undefined;
  readonly holdersListed: boolean;
  /** Queues or tables. */
  readonly count: number;
  /** Messages or entities. */
  readonly items: number;
  /** Rows of the `$Metrics…` tables, which are no tables of users. */
  readonly analyticsItems: number;
}

export const noItemsCounted: ItemProgress = {
  step: 0,
  holders: [],
  itemMarker: undefined,
  holderMarker: undefined,
  holdersListed: false,
  count: 0,
  items: 0,
  analyticsItems: 0,
};

/** The page that is to be read next. */
export type ItemStep =
  | { readonly kind: "list-holders"; readonly marker: string | undefined; readonly limit: number }
  | { readonly kind: "count-items"; readonly holder: string; readonly marker: string | undefined }
  | { readonly kind: "done" };

export function nextItemStep({ holders, itemMarker, holderMarker, holdersListed }: ItemProgress): ItemStep {
  const [holder] = holders;
  if (holder !== undefined) return { kind: "count-items", holder, marker: itemMarker };
  return holdersListed ? { kind: "done" } : { kind: "list-holders", marker: holderMarker, limit: holdersPerPage };
}

export interface HolderPage {
  readonly names: readonly string[];
  /** undefined after the last page. */
  readonly next: string | undefined;
}

export interface ItemPage {
  readonly items: number;
  /** undefined after the last page, and for a holder that is gone. */
  readonly next: string | undefined;
}

/** Whether a table holds analytics' own rows. */
const isAnalytics = (holder: string): boolean => /^(?:\$|Vigil)Metrics/.test(holder);

export const addHolderPage = (progress: ItemProgress, { names, next }: HolderPage): ItemProgress => ({
  ...progress,
  step: progress.step + 1,
  holders: names,
  holderMarker: next,
  holdersListed: next === undefined,
  count: progress.count + names.filter((name) => !isAnalytics(name)).length,
});

export function addItemPage(progress: ItemProgress, { items, next }: ItemPage): ItemProgress {
  const [holder = "", ...others] = progress.holders;
  const field = isAnalytics(holder) ? "analyticsItems" : "items";
  return {
    ...progress,
    step: progress.step + 1,
    holders: next === undefined ? others : progress.holders,
    itemMarker: next,
    [field]: progress[field] + items,
  };
}
