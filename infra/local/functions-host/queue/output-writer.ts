import { type InvocationResponse, type TypedData } from "../app/core-types.js";
import {
  type FunctionDefinition,
  isQueueName,
  type QueueOutput,
  returnBindingName,
} from "../app/function-definition.js";
import { resolveExpressions } from "../config/binding-expressions.js";
import { storageErrorCode, type StorageClients } from "../storage/storage-clients.js";
import { encodeMessage, type MessageEncoding } from "./message-text.js";
import { outputMessages, toTypedData } from "./queue-output.js";

export type OutputWriterOptions = {
  readonly clients: StorageClients;
  readonly messageEncoding: MessageEncoding;
  /** Told the name of a queue that was written to, so that a listener of this host need not wait for its next poll. */
  readonly written: (queueName: string) => void;
};

/** Writes the queue outputs of one invocation: outputs in parallel, messages of one output one after another (§5). */
export async function writeQueueOutputs(
  options: OutputWriterOptions,
  definition: FunctionDefinition,
  bindingData: Readonly<Record<string, unknown>>,
  response: InvocationResponse,
): Promise<void> {
  const outputs = definition.outputs.filter((output) => output.kind === "queue");
  if (outputs.length === 0) return;
  const values = outputValues(definition, response);
  await Promise.all(
    outputs.map(async (output) => {
      const value = values.get(output.bindingName.toLowerCase());
      if (value === undefined) return;
      try {
        await write(options, output, { sys: { methodname: definition.name }, ...bindingData }, value);
      } catch (error) {
        throw new Error(`writing output '${output.bindingName}' of '${definition.name}'`, { cause: error });
      }
    }),
  );
}

function outputValues(definition: FunctionDefinition, response: InvocationResponse): ReadonlyMap<string, TypedData> {
  const values = new Map<string, TypedData>();
  const { returnValue } = response;
  if (definition.outputs.some((output) => output.bindingName === returnBindingName)) {
    if (returnValue !== undefined && returnValue !== null) values.set(returnBindingName, returnValue);
  } else {
    // without a return binding, an object is a dictionary from output name to value (§4.3)
    for (const [name, value] of Object.entries(dictionary(returnValue))) {
      const data = toTypedData(value);
      if (data !== undefined) values.set(name.toLowerCase(), data);
    }
  }
  for (const { name, data } of response.outputData ?? []) values.set(name.toLowerCase(), data);
  return values;
}

function dictionary(returned: TypedData | null | undefined): object {
  if (returned?.json === undefined) return {};
  const value: unknown = JSON.parse(returned.json);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

async function write(
  options: OutputWriterOptions,
  output: QueueOutput,
  bindingData: Readonly<Record<string, unknown>>,
  value: TypedData,
): Promise<void> {
  const name = resolveExpressions(output.queueName, bindingData).toLowerCase();
  if (!isQueueName(name)) {
    throw new Error(`'${name}' is not a queue name: 3 to 63 characters of a-z, 0-9 and single dashes between them`);
  }
  const queue = (await options.clients.queues(output.connection)).getQueueClient(name);
  for (const message of outputMessages(value)) {
    const text = encodeMessage(message, options.messageEncoding);
    try {
      await queue.sendMessage(text);
    } catch (error) {
      if (storageErrorCode(error) !== "QueueNotFound") throw error;
      await queue.createIfNotExists();
      await queue.sendMessage(text);
    }
    options.written(name);
  }
}
