/** Messages of one kind of work, waiting for the function that does it. */
export interface WorkQueue {
  readonly name: string;

  /**
   * Adds a message; the queue is made if it is not there. The same work can be sent twice: doing it is idempotent.
   * @param delaySeconds until it can be received, up to 7 days
   */
  send(work: unknown, delaySeconds?: number): Promise<void>;

  /**
   * How many messages wait or are being worked on, and how many failed to the end. Both are the service's own
   * estimates; 0 for a queue that is not there.
   */
  counts(signal?: AbortSignal): Promise<{ readonly waiting: number; readonly poison: number }>;
}

/** Queue that messages go to which failed `maxDequeueCount` times; the Functions host makes and fills it. */
export const poisonQueueName = (queueName: string): string => `${queueName}-poison`;
