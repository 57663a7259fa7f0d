export interface KeptText {
  readonly text: string;
  readonly etag: string;
}

/** Small texts by name: tokens, and how far something has come. */
export interface TextNotes {
  read(name: string): Promise<KeptText | undefined>;

  /**
   * Replaces what was read. Of two who read the same, one wins; to write again what one has written is no conflict.
   * @param name letters, digits and `-`
   * @param text ASCII, up to 100,000 characters
   * @param etag of what is replaced; undefined: nothing is there
   * @returns undefined: somebody else was faster
   */
  save(name: string, text: string, etag: string | undefined): Promise<KeptText | undefined>;
}
