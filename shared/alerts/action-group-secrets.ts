import { type ArmError } from "../arm/arm-error.js";
import { type ActionGroup, type Receiver, type ReceiverArrays } from "./action-group.js";
import { receiverArrays, type ReceiverArray } from "./action-group-schema.js";
import { invalidProperty } from "./resource-document.js";

/** What readers see in place of an address that may hold a secret. A PUT that carries it keeps what is stored. */
export const redactionMark = "**redacted**";

/**
 * Addresses whose knowledge is enough to call them: keys in the query, passwords, or, as with many chat services, the
 * path itself. So they are hidden as a whole.
 */
export const secretProperties: ReadonlyMap<ReceiverArray | "incidentReceivers", string> = new Map([
  ["webhookReceivers", "serviceUri"],
  ["automationRunbookReceivers", "serviceUri"],
  ["logicAppReceivers", "callbackUrl"],
  ["azureFunctionReceivers", "httpTriggerUrl"],
]);

/** The group for those who may read, but not write it. */
export function redactActionGroup(group: ActionGroup): ActionGroup {
  const redact = (array: ReceiverArray): readonly Receiver[] => {
    const property = secretProperties.get(array);
    return group.properties[array].map((receiver) =>
      property === undefined || receiver[property] === undefined
        ? receiver
        : { ...receiver, [property]: redactionMark },
    );
  };
  const receivers = Object.fromEntries(receiverArrays.map((array) => [array, redact(array)]));
  return { ...group, properties: { ...group.properties, ...receivers } };
}

/**
 * Puts stored addresses in place of the mark. Receivers are the same by array and name; a runbook without a name by its
 * webhook.
 * @param parent start of the path in errors
 * @returns an error if there is nothing stored for a mark
 */
export function keepSecrets(
  sent: ReceiverArrays,
  stored: ReceiverArrays | undefined,
  parent: string,
): { readonly kind: "kept"; readonly receivers: ReceiverArrays } | ArmError {
  const kept = new Map<string, readonly Receiver[]>();
  for (const array of receiverArrays) {
    const property = secretProperties.get(array);
    const receivers: Receiver[] = [];
    for (const [index, receiver] of sent[array].entries()) {
      if (property === undefined || receiver[property] !== redactionMark) {
        receivers.push(receiver);
        continue;
      }
      const before = stored?.[array].find((each) => identityOf(each) === identityOf(receiver))?.[property];
      if (before === undefined) {
        return invalidProperty(
          `${parent}${array}[${index}].${property}`,
          "is redacted, and no receiver of that name is stored whose address could be kept. Send the address.",
        );
      }
      receivers.push({ ...receiver, [property]: before });
    }
    kept.set(array, receivers);
  }
  const { incidentReceivers } = sent;
  const receivers = Object.fromEntries(kept) as unknown as ReceiverArrays;
  return { kind: "kept", receivers: { ...receivers, ...(incidentReceivers !== undefined && { incidentReceivers }) } };
}

const identityOf = ({ name, webhookResourceId }: Receiver): string =>
  (name ?? (typeof webhookResourceId === "string" ? webhookResourceId : "")).toLowerCase();
