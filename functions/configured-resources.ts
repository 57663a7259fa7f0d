import type { HttpResponseInit } from "@azure/functions";

import { armError, type ArmError } from "../shared/arm/arm-error.js";
import { formatResourceId, type ResourceId } from "../shared/arm/resource-id.js";
import { ownResourceOfPath } from "../shared/arm/resource-path.js";
import { checkPreconditions, answerVersioned, type VersionedType } from "../shared/http/alert-parameters.js";
import type { Answer, Call, Ending } from "../shared/http/answer.js";
import { readJsonBody } from "../shared/http/json-body.js";
import {
  maxResourceLength,
  type ArmResource,
  type ArmResources,
  type KeptResource,
} from "../shared/stores/arm-resources/arm-resources.js";
import { asciiJson } from "../shared/stores/table-properties.js";

type Outcome<R> = { readonly kind: "resource"; readonly resource: R } | ArmError;

/** A type of resource that users put, patch, delete and list. */
export interface ConfiguredType<R extends ArmResource> extends VersionedType {
  resources(): Promise<ArmResources<R>>;
  /** @param now milliseconds since the epoch */
  put(id: ResourceId, body: unknown, existing: R | undefined, now: number): Outcome<R>;
  patch(id: ResourceId, body: unknown, existing: R, now: number): Outcome<R>;
  /** What stands against it besides its own properties: what it names, and what the caller may see of that. */
  check?(resource: R, call: Call): Promise<Ending | undefined>;
  /** As the caller may see it. */
  show(resource: R, call: Call): R;
  readonly createdStatus: 200 | 201;
  /** After it was written or removed. */
  changed?(id: string): Promise<void>;
}

/** Somebody else may write first; whoever has lost so often meets a conflict. */
const maxTries = 5;

/** Answers to the requests about a type of resource. */
export function configuredAnswers<R extends ArmResource>(of: ConfiguredType<R>, clock: () => Date) {
  return { put: put(of, clock), get: get(of), patch: patch(of, clock), remove: remove(of), list: list(of) };
}

const put = <R extends ArmResource>(of: ConfiguredType<R>, clock: () => Date): Answer =>
  writing(of, (id, body, kept) => of.put(id, body, kept?.resource, clock().getTime()));

const patch = <R extends ArmResource>(of: ConfiguredType<R>, clock: () => Date): Answer =>
  writing(of, (id, body, kept) =>
    kept === undefined ? notFound(of, id) : of.patch(id, body, kept.resource, clock().getTime()),
  );

/** Reads, decides, and writes what was decided unless somebody else was faster; then it decides anew. */
const writing = <R extends ArmResource>(
  of: ConfiguredType<R>,
  decide: (id: ResourceId, body: unknown, kept: KeptResource<R> | undefined) => Outcome<R>,
): Answer =>
  answerVersioned(of, async (call) => {
    const body = await readJsonBody(call.request);
    if (body.kind === "arm-error") return body;
    const id = ownResourceOfPath(call.path);
    const resources = await of.resources();
    for (let attempt = 1; attempt <= maxTries; attempt++) {
      const kept = await resources.find(formatResourceId(id));
      const refusal = checkPreconditions(call.request.headers, kept?.etag) ?? checkOwner(kept);
      if (refusal !== undefined) return refusal;
      const outcome = decide(id, body.value, kept);
      if (outcome.kind === "arm-error") return outcome;
      const { resource } = outcome;
      const problem = checkLength(resource) ?? (await of.check?.(resource, call));
      if (problem !== undefined) return problem;
      const saved = await resources.save(resource, kept?.etag);
      if (saved === undefined) continue;
      await of.changed?.(resource.id);
      return { status: kept === undefined ? of.createdStatus : 200, ...show(of, saved, call) };
    }
    return armError("Conflict", "Others are changing it at the same time. Try again.");
  });

const get = <R extends ArmResource>(of: ConfiguredType<R>): Answer =>
  answerVersioned(of, async (call) => {
    const id = ownResourceOfPath(call.path);
    const kept = await (await of.resources()).find(formatResourceId(id));
    return kept === undefined ? notFound(of, id) : { status: 200, ...show(of, kept, call) };
  });

const remove = <R extends ArmResource>(of: ConfiguredType<R>): Answer =>
  answerVersioned(of, async (call) => {
    const resources = await of.resources();
    const id = formatResourceId(ownResourceOfPath(call.path));
    for (let attempt = 1; attempt <= maxTries; attempt++) {
      const kept = await resources.find(id);
      const refusal = checkPreconditions(call.request.headers, kept?.etag) ?? checkOwner(kept);
      if (refusal !== undefined) return refusal;
      if (kept === undefined) return { status: 204 };
      if (!(await resources.remove(id, kept.etag))) continue;
      await of.changed?.(kept.resource.id);
      return { status: 200 };
    }
    return armError("Conflict", "Others are changing it at the same time. Try again.");
  });

/** All of a group or subscription that the caller may see, on one page: older clients don't follow `nextLink`. */
const list = <R extends ArmResource>(of: ConfiguredType<R>): Answer =>
  answerVersioned(of, async (call) => {
    const { subscriptionId = "", resourceGroup } = call.path;
    const range = { subscriptionId, ...(resourceGroup !== undefined && { resourceGroup }) };
    const kept = await (await of.resources()).list(range);
    const seen = kept.filter(({ resource }) => call.refuseOn(resource.id) === undefined);
    return { status: 200, jsonBody: { value: seen.map(({ resource }) => of.show(resource, call)) } };
  });

const show = <R extends ArmResource>(of: ConfiguredType<R>, kept: KeptResource<R>, call: Call): HttpResponseInit => ({
  headers: { etag: kept.etag },
  jsonBody: of.show(kept.resource, call),
});

/** 404 in Azure's words. */
export const notFound = ({ type }: VersionedType, { names, resourceGroup }: ResourceId): ArmError =>
  armError(
    "ResourceNotFound",
    `The Resource '${type}/${names.join("/")}' under resource group '${resourceGroup}' was not found.`,
  );

function checkOwner(kept: KeptResource<ArmResource> | undefined): ArmError | undefined {
  return kept?.owner === undefined
    ? undefined
    : armError("Conflict", `It is owned by the file ${kept.owner} (VIGIL_RULES): change it there.`);
}

function checkLength(resource: ArmResource): ArmError | undefined {
  const { length } = asciiJson(resource);
  if (length <= maxResourceLength) return undefined;
  const limit = `the limit is ${maxResourceLength}, others than ASCII counting as six`;
  return armError("RequestContentTooLarge", `It has ${length} characters; ${limit}.`);
}
