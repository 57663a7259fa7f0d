import { armError, type ArmError } from "../arm/arm-error.js";
import { formatResourceId, type ResourceId } from "../arm/resource-id.js";
import {
  actionGroupSchema,
  maxReceiversPerKind,
  receiverArrays,
  testNotificationSchema,
  type ReceiverArray,
  type testAlertTypes,
} from "./action-group-schema.js";
import { keepSecrets, secretProperties } from "./action-group-secrets.js";
import { checkPutBody, isMembers, memberOf, noProperties, patchedProperties } from "./resource-body.js";
import { documentReader, invalidProperty } from "./resource-document.js";

export const actionGroupType = "Microsoft.Insights/ActionGroups";
/** Characters of a group's name. */
export const maxActionGroupNameLength = 260;

/** A receiver of any kind. Which members it has is said by its kind's schema. */
export type Receiver = Readonly<Record<string, unknown>> & {
  readonly name?: string;
  /** Default: no, which means the older payload. */
  readonly useCommonAlertSchema?: boolean;
};

export type ReceiverArrays = Readonly<Record<ReceiverArray, readonly Receiver[]>> & {
  readonly incidentReceivers?: readonly Receiver[];
};

/** An action group, as it is stored. Answers to readers are without secrets: `redactActionGroup`. */
export interface ActionGroup {
  readonly id: string;
  readonly name: string;
  readonly type: typeof actionGroupType;
  readonly location: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly identity?: object;
  readonly properties: ReceiverArrays & { readonly groupShortName: string; readonly enabled: boolean };
}

export type GroupOutcome = { readonly kind: "group"; readonly group: ActionGroup } | ArmError;

type ActionGroupDocument = Pick<ActionGroup, "location" | "tags" | "identity" | "properties">;
const read = documentReader<ActionGroupDocument>(actionGroupSchema);
const readTest = documentReader<ReceiverArrays & { readonly alertType: (typeof testAlertTypes)[number] }>(
  testNotificationSchema,
);

/**
 * Reads the body of a PUT, which replaces a group as a whole.
 * @param id of the group, from the path
 * @param existing the group that it replaces: its id stays, and its secrets where the body has the redaction mark
 * @returns the group as it is to be stored, or 400 with the property as its target
 */
export function putActionGroup(id: ResourceId, body: unknown, existing: ActionGroup | undefined): GroupOutcome {
  const name = id.names.at(-1) ?? "";
  if (name.length > maxActionGroupNameLength) {
    return invalidProperty("name", `has ${name.length} characters; the limit is ${maxActionGroupNameLength}.`);
  }
  const wrongBody = checkPutBody(body);
  if (wrongBody !== undefined) return wrongBody;
  const outcome = read(body);
  if (outcome.kind === "arm-error") return outcome;
  const kept = keepSecrets(outcome.document.properties, existing?.properties, "properties.");
  if (kept.kind === "arm-error") return kept;
  const error = checkReceivers(kept.receivers, "properties.");
  if (error !== undefined) return error;
  return {
    kind: "group",
    group: {
      ...outcome.document,
      id: existing?.id ?? formatResourceId(id),
      name: existing?.name ?? name,
      type: actionGroupType,
      properties: { ...outcome.document.properties, ...withStatus(kept.receivers, existing?.properties) },
    },
  };
}

/** Reads the body of a PATCH. Azure lets `tags`, `identity` and `enabled` be patched, nothing else. */
export function patchActionGroup(id: ResourceId, body: unknown, existing: ActionGroup): GroupOutcome {
  if (!isMembers(body)) return noProperties;
  const patch = patchedProperties(body);
  if (patch.kind === "arm-error") return patch;
  const refused = Object.keys(patch.members).find((each) => each.toLowerCase() !== "enabled");
  if (refused !== undefined) {
    return invalidProperty(`properties.${refused}`, "can't be patched; put the whole action group instead.");
  }
  const [tags, identity] = ["tags", "identity"].map((each) => memberOf(body, each));
  const enabled = memberOf(patch.members, "enabled");
  const merged = {
    ...existing,
    ...(tags !== undefined && { tags }),
    ...(identity !== undefined && { identity }),
    properties: { ...existing.properties, ...(enabled !== undefined && { enabled }) },
  };
  return putActionGroup(id, merged, existing);
}

/**
 * Lets a mail or SMS receiver be told again that had unsubscribed.
 * @returns 404 for a name that is none, 409 if it is enabled already (reference §3.1)
 */
export function enableReceiver(group: ActionGroup, receiverName: string): GroupOutcome {
  for (const array of ["emailReceivers", "smsReceivers"] as const) {
    const receivers = group.properties[array];
    const index = receivers.findIndex(({ name }) => isSameName(name, receiverName));
    const found = receivers[index];
    if (found === undefined) continue;
    if (found["status"] !== "Disabled") {
      return armError("Conflict", `The receiver '${receiverName}' is already enabled.`, "receiverName");
    }
    const enabled = receivers.with(index, { ...found, status: "Enabled" });
    return { kind: "group", group: { ...group, properties: { ...group.properties, [array]: enabled } } };
  }
  return armError(
    "ResourceNotFound",
    `The action group '${group.name}' has no mail or SMS receiver '${receiverName}'.`,
    "receiverName",
  );
}

/**
 * Reads the body of `createNotifications`.
 * @param group whose secrets stand for the redaction mark; undefined if the path names none
 */
export function readTestNotification(body: unknown, group: ActionGroup | undefined) {
  const outcome = readTest(body);
  if (outcome.kind === "arm-error") return outcome;
  const { alertType } = outcome.document;
  const kept = keepSecrets(outcome.document, group?.properties, "");
  if (kept.kind === "arm-error") return kept;
  const error = checkReceivers(kept.receivers, "");
  return error ?? ({ kind: "test-notification", alertType, receivers: kept.receivers } as const);
}

const isSameName = (left: string | undefined, right: string): boolean => left?.toLowerCase() === right.toLowerCase();

function checkReceivers(receivers: ReceiverArrays, parent: string): ArmError | undefined {
  const names = new Map<string, string>();
  for (const array of [...receiverArrays, "incidentReceivers"] as const) {
    for (const [index, receiver] of (receivers[array] ?? []).entries()) {
      const path = `${parent}${array}[${index}]`;
      const name = receiver.name?.toLowerCase();
      const twin = name === undefined ? undefined : names.get(name);
      if (twin !== undefined)
        return invalidProperty(`${path}.name`, `is the same as that of ${twin}; names are unique in a group.`);
      if (name !== undefined) names.set(name, path);
      const error = checkAddress(array, receiver, path);
      if (error !== undefined) return error;
    }
  }
  const withToken = receivers.webhookReceivers.filter((each) => each["useAadAuth"] === true).length;
  const plain = receivers.webhookReceivers.length - withToken;
  if (Math.max(withToken, plain) <= maxReceiversPerKind) return undefined;
  return invalidProperty(
    `${parent}webhookReceivers`,
    `must have at most ${maxReceiversPerKind} webhooks, and as many secure ones.`,
  );
}

/** Never repeats an address: it may hold a password or a signature. */
function checkAddress(
  array: ReceiverArray | "incidentReceivers",
  receiver: Receiver,
  path: string,
): ArmError | undefined {
  const property = secretProperties.get(array);
  // Azure's own example has a placeholder for the address of a runbook's webhook
  if (property === undefined || array === "automationRunbookReceivers") return undefined;
  const address = String(receiver[property]);
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    return invalidProperty(`${path}.${property}`, "must be an http or https URL.");
  }
  if (receiver["useAadAuth"] !== true) return undefined;
  if (url.username !== "" || url.password !== "") {
    return invalidProperty(`${path}.${property}`, "must not have a user name or password when useAadAuth is true.");
  }
  return receiver["identifierUri"] === undefined
    ? invalidProperty(`${path}.identifierUri`, "is required when useAadAuth is true.")
    : undefined;
}

/** Who has unsubscribed stays so, whoever puts the group. */
function withStatus(receivers: ReceiverArrays, existing: ReceiverArrays | undefined): ReceiverArrays {
  const known = (array: "emailReceivers" | "smsReceivers", address: "emailAddress" | "phoneNumber") =>
    receivers[array].map((receiver) => {
      const before = existing?.[array].find(
        (each) => isSameName(each.name, receiver.name ?? "") && each[address] === receiver[address],
      );
      return { ...receiver, status: before?.["status"] ?? "Enabled" };
    });
  return {
    ...receivers,
    emailReceivers: known("emailReceivers", "emailAddress"),
    smsReceivers: known("smsReceivers", "phoneNumber"),
  };
}
