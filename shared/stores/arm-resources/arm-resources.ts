/** A resource in the shape of Azure Resource Manager. */
export interface ArmResource {
  readonly id: string;
  readonly name: string;
}

export interface KeptResource<R> {
  readonly resource: R;
  /** Changes with every write. */
  readonly etag: string;
  /** What a resource that the API doesn't own came from, such as the file of a rule; undefined: the API owns it. */
  readonly owner?: string;
}

/** Characters of a resource as JSON in ASCII: what one row of Table Storage surely holds. */
export const maxResourceLength = 400_000;

/** Which resources are listed. */
export interface ResourceRange {
  readonly subscriptionId?: string;
  readonly resourceGroup?: string;
}

/** Resources of one type: rules, action groups. Ids compare without case, and each is kept as it was first written. */
export interface ArmResources<R extends ArmResource> {
  find(id: string): Promise<KeptResource<R> | undefined>;

  /**
   * Writes a resource. Of two who know the same, one wins; to write again what one has written is no conflict.
   * @param resource at most {@link maxResourceLength} characters of JSON
   * @param etag of what is replaced; undefined: nothing is there
   * @returns undefined: somebody else was faster
   */
  save(resource: R, etag: string | undefined, owner?: string): Promise<KeptResource<R> | undefined>;

  /**
   * Removes what was read.
   * @returns whether it is gone; not if somebody else has changed it
   */
  remove(id: string, etag: string): Promise<boolean>;

  /** All in a range, in the order of their ids. */
  list(range: ResourceRange): Promise<readonly KeptResource<R>[]>;
}
