import { refusalStatuses, type RefusalCode } from "../access/refusal.js";
import type { ErrorCode } from "./error-catalogue.js";
import type { ParameterDescription } from "./route.js";

export const ofGroup = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/providers";
export const ofSubscription = "/subscriptions/{subscriptionId}/providers";

/** What any route may answer with. */
export const always: readonly ErrorCode[] = [
  "InternalError",
  "StorageUnavailable",
  "AuthorityUnavailable",
  ...(Object.keys(refusalStatuses) as readonly RefusalCode[]),
  "MissingApiVersionParameter",
  "InvalidApiVersionParameter",
  "NoRegisteredProviderFound",
  "BadRequest",
];
export const ofOne: readonly ErrorCode[] = [...always, "ResourceNotFound"];
export const withBody: readonly ErrorCode[] = [
  "InvalidRequestContent",
  "RequestContentTooLarge",
  "UnsupportedMediaType",
  "LocationRequired",
];
export const conditional: readonly ErrorCode[] = ["PreconditionFailed", "Conflict"];

export const textParameter = (description: string, example: string): ParameterDescription => ({
  description,
  schema: { type: "string" },
  example,
});
export const subscriptionId = textParameter("Subscription.", "00000000-0000-0000-0000-000000000000");
export const resourceGroup = textParameter("Resource group; any name will do.", "local");

export const versionOf = (versions: readonly string[]): ParameterDescription => ({
  description: "Version of Azure's API that the caller speaks.",
  schema: { type: "string", enum: versions },
  example: versions.at(-1) ?? "",
  required: true,
});
