import { expect, test } from "vitest";
import { logTypes } from "./log-blob.js";
import { services } from "./log-entry.js";
import { operationKind, operationKinds } from "./operations.js";

/** Reference §1.7, as documented. */
const documented = {
  blob: `AbortCopyBlob AcquireBlobLease AcquireContainerLease AppendBlock BlobPreflightRequest BreakBlobLease
    BreakContainerLease ChangeBlobLease ChangeContainerLease ClearPage CopyBlob CopyBlobSource CopyBlobDestination
    CreateContainer DeleteBlob DeleteContainer FindBlobsByTags GetAccountInformation GetBlob GetBlobLeaseInfo
    GetBlobMetadata GetBlobProperties GetBlobServiceProperties GetBlobServiceStats GetBlobTags GetBlockList
    GetContainerACL GetContainerMetadata GetContainerProperties GetPageRanges GetPageRegions GetUserDelegationKey
    IncrementalCopyBlob ListBlobs ListContainers PutBlob PutBlock PutBlockFromURL PutBlockList PutPage QueryBlobContents
    ReleaseBlobLease ReleaseContainerLease RenewBlobLease RenewContainerLease SetBlobExpiry SetBlobMetadata
    SetBlobProperties SetBlobServiceProperties SetBlobTags SetBlobTier SetContainerACL SetContainerMetadata SnapshotBlob
    UndeleteBlob
    AppendFile CreateFilesystem CreatePathDir CreatePathFile DeleteDirectory DeleteFile DeleteFilesystem FlushFile
    GetFileProperties GetFilesystemProperties GetPathAccessControl GetPathStatus LeaseFile ListFilesystemDir
    ListFilesystemFile ListFilesystems ReadFile RenamePathDir RenamePathFile SetFileProperties SetFilesystemProperties
    SetPathAccessControl
    AcquireLease BreakLease RenewLease ReleaseLease LeaseBlob GetLeaseInfo`,
  queue: `ClearMessages CreateQueue DeleteMessage DeleteQueue GetMessage GetMessageRead GetMessageWrite GetMessages
    GetQueue GetQueueMetadata GetQueueServiceProperties ListQueues PeekMessage PeekMessages PutMessage
    QueuePreflightRequest SetQueueMetadata SetQueueServiceProperties UpdateMessage`,
  table: `CreateTable DeleteEntity DeleteTable EntityGroupTransaction GetTableServiceProperties InsertEntity
    InsertOrMergeEntity InsertOrReplaceEntity MergeEntity QueryEntities QueryEntity QueryTable QueryTables
    SetTableServiceProperties TablePreflightRequest UpdateEntity`,
};

test.each(services)("every documented operation of %s has a kind", (service) => {
  const unknown = documented[service].split(/\s+/).filter((name) => operationKind(service, name) === undefined);
  expect(unknown).toEqual([]);
});

test.each(services)("names of %s are names, and each of the three kinds has some", (service) => {
  const names = [...operationKinds[service].keys()];
  expect(names.filter((name) => !/^[A-Z][A-Za-z]+$/.test(name))).toEqual([]);
  expect(new Set(operationKinds[service].values())).toEqual(new Set(logTypes));
});

test.each([
  ["blob", "DeleteBlob", "delete"],
  ["blob", "CopyBlobSource", "write"],
  ["queue", "GetMessages", "write"],
  ["queue", "GetMessageRead", "read"],
  ["table", "EntityGroupTransaction", "write"],
  ["blob", "Unknown", undefined],
  ["table", "GetBlob", undefined],
] as const)("the kind of %s %s is %s", (service, operation, kind) => {
  expect(operationKind(service, operation)).toBe(kind);
});
