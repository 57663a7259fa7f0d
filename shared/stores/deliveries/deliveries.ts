import type { Delivery, DeliveryStatus } from "../../actions/delivery.js";

export interface KeptDelivery {
  readonly delivery: Delivery;
  readonly etag: string;
}

/** What receivers are, were, or could not be told. */
export interface Deliveries {
  /** Adds a delivery unless it is there: planning it again changes nothing. @returns what is there now */
  add(delivery: Delivery): Promise<KeptDelivery>;

  find(alertId: string, id: string): Promise<KeptDelivery | undefined>;

  /** Replaces what was read. @returns undefined: somebody else was faster, or it is gone */
  replace(kept: KeptDelivery, delivery: Delivery): Promise<KeptDelivery | undefined>;

  /** All of an alert, in no order. */
  ofAlert(alertId: string): Promise<readonly Delivery[]>;

  /** Those in a state, in no order, at most `limit`; their payloads are not read. */
  withStatus(status: DeliveryStatus, limit: number): Promise<readonly Omit<Delivery, "payload">[]>;

  /** Deletes deliveries of alerts that nobody can see any more. @param before when they were planned */
  removeBefore(before: Date, limit: number): Promise<number>;
}
