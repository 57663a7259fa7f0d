/** What Azure Monitor, Sentinel and Defender add to the language and the official binder does not know. */
import { type StoredFunction, type TableSchema } from "./types.js";

/** Columns of every custom table (`…_CL`). */
export const standardColumns: TableSchema["columns"] = [
  { name: "TimeGenerated", type: "datetime" },
  { name: "Type", type: "string" },
  { name: "TenantId", type: "string" },
  { name: "SourceSystem", type: "string" },
  { name: "Computer", type: "string" },
  { name: "RawData", type: "string" },
  { name: "MG", type: "string" },
  { name: "ManagementGroupName", type: "string" },
  { name: "_ResourceId", type: "string" },
  { name: "_SubscriptionId", type: "string" },
  { name: "_ItemId", type: "string" },
  { name: "_TimeReceived", type: "datetime" },
];

/** Columns of `_GetWatchlist()` that every list has; its own columns are open. */
export const watchlistColumns: TableSchema["columns"] = [
  { name: "_DTItemId", type: "string" },
  { name: "LastUpdatedTimeUTC", type: "datetime" },
  { name: "SearchKey", type: "string" },
  { name: "WatchlistItem", type: "dynamic" },
];

/**
 * `FileProfile` looks files up in Microsoft's cloud. Vigil has no such service: the columns are there, empty, and
 * `ProfileAvailability` says `Missing`, which is what Defender says of a file it does not know.
 */
export const productFunctions: readonly StoredFunction[] = [
  {
    name: "FileProfile",
    parameters: '(T:(*), file:string="SHA1", most:long=1000)',
    body: `{ T | extend MD5 = "", FileSize = long(null), GlobalPrevalence = long(null), GlobalFirstSeen = datetime(null),
      GlobalLastSeen = datetime(null), Signer = "", Issuer = "", SignerHash = "", IsCertificateValid = bool(null),
      IsRootSignerMicrosoft = bool(null), SignatureState = "", IsExecutable = bool(null), ThreatName = "", Publisher = "",
      SoftwareName = "", ProfileAvailability = "Missing" }`,
  },
];
