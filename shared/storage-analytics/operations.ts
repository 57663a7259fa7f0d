import { type LogType } from "./log-blob.js";
import { type Service } from "./log-entry.js";

/** Name of a request that failed before its operation was recognised. */
export const unknownOperation = "Unknown";

const names = (text: string): readonly string[] => text.trim().split(/\s+/);

/**
 * Every operation name of a `$logs` entry with the switch (Read, Write, Delete of Set Service Properties) that covers
 * it. Sources: reference §7.2–7.4 for what REST requests are called, and §1.7 for names that only Azure writes: Data
 * Lake (`dfs`, filed under `blob`), those of 2011, and the two entries besides `CopyBlob` that one copy leaves.
 * Names that the documentation leaves out go by analogy; GetMessage and GetMessages write, since they change
 * visibility.
 */
const catalogue: Readonly<Record<Service, Readonly<Record<LogType, readonly string[]>>>> = {
  blob: {
    read: names(`
      BlobPreflightRequest FindBlobsByTags GetAccountInformation GetBlob GetBlobLeaseInfo GetBlobMetadata
      GetBlobProperties GetBlobServiceProperties GetBlobServiceStats GetBlobTags GetBlockList GetContainerACL
      GetContainerMetadata GetContainerProperties GetPageRanges GetUserDelegationKey ListBlobs ListContainers
      QueryBlobContents
      GetLeaseInfo GetPageRegions
      GetFileProperties GetFilesystemProperties GetPathAccessControl GetPathStatus ListFilesystemDir ListFilesystemFile
      ListFilesystems ReadFile`),
    write: names(`
      AbortCopyBlob AcquireBlobLease AcquireContainerLease AppendBlock AppendBlockFromURL BreakBlobLease
      BreakContainerLease ChangeBlobLease ChangeContainerLease ClearPage CopyBlob CopyBlobDestination CopyBlobSource
      CreateContainer IncrementalCopyBlob PutBlob PutBlobFromURL PutBlock PutBlockFromURL PutBlockList PutPage
      PutPageFromURL ReleaseBlobLease ReleaseContainerLease RenewBlobLease RenewContainerLease RestoreContainer SealBlob
      SetBlobExpiry SetBlobImmutabilityPolicy SetBlobLegalHold SetBlobMetadata SetBlobProperties
      SetBlobServiceProperties SetBlobTags SetBlobTier SetContainerACL SetContainerMetadata SnapshotBlob SubmitBatch
      UndeleteBlob
      AcquireLease BreakLease LeaseBlob ReleaseLease RenewLease
      AppendFile CreateFilesystem CreatePathDir CreatePathFile FlushFile LeaseFile RenamePathDir RenamePathFile
      SetFileProperties SetFilesystemProperties SetPathAccessControl`),
    delete: names(`
      DeleteBlob DeleteBlobImmutabilityPolicy DeleteContainer
      DeleteDirectory DeleteFile DeleteFilesystem`),
  },
  queue: {
    read: names(`
      GetMessageRead GetQueue GetQueueACL GetQueueMetadata GetQueueServiceProperties GetQueueServiceStats ListQueues
      PeekMessage PeekMessages QueuePreflightRequest`),
    write: names(`
      CreateQueue GetMessage GetMessageWrite GetMessages PutMessage SetQueueACL SetQueueMetadata
      SetQueueServiceProperties UpdateMessage`),
    delete: names(`ClearMessages DeleteMessage DeleteQueue`),
  },
  table: {
    read: names(`
      GetTableACL GetTableServiceProperties GetTableServiceStats QueryEntities QueryEntity QueryTable QueryTables
      TablePreflightRequest`),
    write: names(`
      CreateTable EntityGroupTransaction InsertEntity InsertOrMergeEntity InsertOrReplaceEntity MergeEntity SetTableACL
      SetTableServiceProperties UpdateEntity`),
    delete: names(`DeleteEntity DeleteTable`),
  },
};

const indexed = (kinds: Readonly<Record<LogType, readonly string[]>>): ReadonlyMap<string, LogType> =>
  new Map((["read", "write", "delete"] as const).flatMap((kind) => kinds[kind].map((name) => [name, kind] as const)));

/** Operation names of each service and their kind. */
export const operationKinds: Readonly<Record<Service, ReadonlyMap<string, LogType>>> = {
  blob: indexed(catalogue.blob),
  queue: indexed(catalogue.queue),
  table: indexed(catalogue.table),
};

/** @returns undefined for `Unknown` and for names that are not in the catalogue: Azure adds operations over time */
export const operationKind = (service: Service, operation: string): LogType | undefined =>
  operationKinds[service].get(operation);
