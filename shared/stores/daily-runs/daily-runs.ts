/** Work that is done once a day in many turns, and how far it has come. */
export interface DailyRun<Work> {
  /** The day that it is about, UTC: `2026-11-24`. */
  readonly day: string;
  readonly began: Date;
  /** When it last came on. */
  readonly at: Date;
  /** Messages sent since then, the first one included. */
  readonly sent: number;
  /** When the last of them was. */
  readonly sentAt: Date;
  /** Plain JSON of less than 150,000 characters. */
  readonly work: Work;
}

export interface KeptRun<Work> {
  readonly run: DailyRun<Work>;
  readonly etag: string;
}

/** The newest run of each piece of work of one kind. */
export interface DailyRuns<Work> {
  /** @param key of the piece of work: letters, digits, `;` and `$` */
  read(key: string): Promise<KeptRun<Work> | undefined>;

  /**
   * Replaces what was read. Of two who read the same, one wins.
   * @param etag of what is replaced; undefined: nothing is there
   * @returns undefined: somebody else was faster
   */
  save(key: string, run: DailyRun<Work>, etag: string | undefined): Promise<KeptRun<Work> | undefined>;
}
