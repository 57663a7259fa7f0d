import { createHash } from "node:crypto";

export type Transition = "Fired" | "Resolved";

/** Who is told: one receiver of one action group. */
export interface ReceiverName {
  readonly actionGroupId: string;
  /** Name of the receiver's array in the action group: `webhookReceivers`, … */
  readonly kind: string;
  readonly name: string;
}

/** One notification for one receiver, and how far it has come. */
export interface Delivery {
  readonly alertId: string;
  readonly id: string;
  readonly transition: Transition;
  readonly receiver: ReceiverName;
  /** What is sent: JSON of ASCII alone (`asciiJson`). */
  readonly payload: string;
  readonly createdAt: Date;
  readonly status: DeliveryStatus;
  /** Counts up with every attempt and replay: a message of an earlier turn is a repeat and does nothing. */
  readonly turn: number;
  /** Attempts that have ended, since the first or since a replay. */
  readonly attempts: number;
  /** When the running attempt began. */
  readonly startedAt: Date | undefined;
  /** How the last attempt ended. */
  readonly detail: string;
  readonly endedAt: Date | undefined;
  /** Attempts that began anew because an earlier one was never recorded: the receiver may have got it twice. */
  readonly repeats: number;
}

/** `failed` and `dropped` stay until an operator replays them. */
export const deliveryStatuses = ["pending", "delivered", "failed", "dropped"] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

/**
 * Id of a delivery, the same whoever plans it and however often; also its idempotency id for the receiver. Names of
 * resources and receivers are compared without case.
 */
export function deliveryId(alertId: string, transition: Transition, receiver: ReceiverName): string {
  const { actionGroupId, kind, name } = receiver;
  const key = JSON.stringify([alertId, transition, actionGroupId.toLowerCase(), kind, name.toLowerCase()]);
  return createHash("sha256").update(key).digest("hex").slice(0, 32);
}

export interface Notification {
  readonly alertId: string;
  readonly transition: Transition;
  readonly receiver: ReceiverName;
  readonly payload: string;
}

export const newDelivery = ({ alertId, transition, receiver, payload }: Notification, now: Date): Delivery => ({
  ...{ alertId, id: deliveryId(alertId, transition, receiver), transition, receiver, payload, createdAt: now },
  ...{ status: "pending", turn: 1, attempts: 0, startedAt: undefined, detail: "", endedAt: undefined, repeats: 0 },
});
