import { blobSteps } from "./blob-steps.js";
import type { Clients } from "./clients.js";
import { queueSteps } from "./queue-steps.js";
import { seededRandom } from "./random.js";
import type { Expectation, SentRequests } from "./sent.js";
import { tableSteps } from "./table-steps.js";

/** One thing that a user's program does, with what it sends. */
export interface Step extends Expectation {
  /** How often it is drawn relative to the others. */
  readonly weight: number;
  /** The status that makes the step succeed, where the SDK throws. */
  readonly fails?: number;
  run(draw: Draw): Promise<unknown>;
}

/** What a step may vary on; `number` counts the steps, so that names made from it are new. */
export interface Draw {
  readonly number: number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** The steps of one service: first what they need, then what is drawn from, then the cleaning up. */
export interface ServiceSteps {
  readonly prepare: readonly Step[];
  readonly mix: readonly Step[];
  readonly cleanUp: readonly Step[];
}

export interface WorkloadOptions {
  readonly seed: number;
  readonly steps: number;
  /** Part of the names of container, queue and table; the run is told apart by it. */
  readonly name: string;
  /** Called after each step. */
  readonly progress: (done: number, total: number) => void;
}

/**
 * Runs a seeded mix of what programs do to a storage account: the same seed sends the same requests.
 * @throws where a step ends otherwise than it says
 */
export async function runWorkload(clients: Clients, sent: SentRequests, options: WorkloadOptions): Promise<void> {
  const random = seededRandom(options.seed);
  const services = [
    blobSteps(clients, `${options.name}-blobs`),
    queueSteps(clients, `${options.name}-queue`),
    tableSteps(clients, `${options.name}table`.replaceAll("-", "")),
  ];
  const mix = services.flatMap((service) => service.mix);
  const steps = [
    ...services.flatMap((service) => service.prepare),
    ...Array.from({ length: options.steps }, () => drawStep(mix, random)),
    ...services.flatMap((service) => service.cleanUp),
  ];
  for (const [number, step] of steps.entries()) {
    await sent.during(step, () => endingAsTold(step, step.run({ number, random })));
    options.progress(number + 1, steps.length);
  }
}

function drawStep(mix: readonly Step[], random: () => number): Step {
  let rest = random() * mix.reduce((sum, { weight }) => sum + weight, 0);
  for (const step of mix) {
    rest -= step.weight;
    if (rest < 0) return step;
  }
  throw new Error("nothing to draw from");
}

async function endingAsTold({ fails, operations }: Step, ran: Promise<unknown>): Promise<void> {
  const name = operations.join(", ");
  try {
    await ran;
  } catch (error) {
    const { statusCode } = error as { statusCode?: number };
    if (fails !== undefined && statusCode === fails) return;
    throw new Error(`${name} failed`, { cause: error });
  }
  if (fails !== undefined) throw new Error(`${name} was to fail with ${fails}, and succeeded`);
}
