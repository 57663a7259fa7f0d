import { logTypes } from "../storage-analytics/log-blob.js";
import { services } from "../storage-analytics/log-entry.js";
import { capacityColumns } from "../storage-analytics/capacity-row.js";
import { doubleColumns, int64Columns } from "../storage-analytics/metrics-row.js";
import { logFields } from "../storage-analytics/log-line.js";
import { array, count, described, flag, object, text, time, type JsonSchema } from "./schema-parts.js";

const deadLetters = object({
  letters: described(count, "Bad lines and messages that are kept in `vigil-dead-letters`."),
  blobs: count,
  complete: described(flag, "False: there are more than were counted."),
});
const lag = {
  completeUpTo: described(time, "Every request that ended before is in `$logs`, or counted as lost."),
  seconds: described(count, "From then until now."),
  source: described(
    { type: "string", enum: ["gateway", "lateness"] },
    "Who says so: the local gateway, or `VIGIL_LOG_LATENESS`.",
  ),
};

const writing = {
  writing: described(flag, "False: what analytics keeps has reached `VIGIL_ANALYTICS_LIMIT_BYTES`."),
  "since?": described(time, "Absent: it never had to stop."),
};

/** Answer of `/health`; strangers get the status alone. */
export const healthSchema = object({
  status: { type: "string", enum: ["ok", "degraded", "unhealthy"] },
  "checkedAt?": time,
  "dependencies?": array(
    object({ name: text, state: { type: "string", enum: ["up", "down"] }, "reason?": described(text, "A code.") }),
  ),
  "pipelines?": array(
    object({
      account: text,
      service: { type: "string", enum: services },
      ...lag,
      "buffered?": described(count, "Entries that the gateway has not written yet."),
      "lost?": described(count, "Entries that the gateway had to let go."),
    }),
  ),
  "queues?": array(object({ name: text, waiting: count, poisonQueue: text, poison: count })),
  "deadLetters?": deadLetters,
  "analytics?": array(object({ account: text, ...writing })),
});

export const openApiSchema: JsonSchema = { type: "object", required: ["openapi", "info", "paths"] };

const metricsSettings = object({
  enabled: flag,
  includeApis: flag,
  "retentionDays?": described(count, "Absent: kept for ever."),
});
const serviceOverview = object({
  logging: object({
    version: text,
    read: flag,
    write: flag,
    delete: flag,
    "retentionDays?": described(count, "Absent: kept for ever."),
  }),
  hourMetrics: metricsSettings,
  minuteMetrics: metricsSettings,
  "kept?": object({ blobs: count, bytes: count, at: time }, "What the log blobs take; absent until counted once."),
  lag: object(lag),
  "entriesBuffered?": described(count, "Entries that the gateway has not written yet; absent without a gateway."),
  "entriesLost?": described(count, "Entries that the gateway had to let go; absent without a gateway."),
  "metricsCompleteUpTo?": described(time, "Every minute before is in the metrics; absent until the first one is."),
  withoutMetrics: described(
    array({ type: "string", enum: logTypes }),
    "Kinds of requests that are not logged, and so are in no metrics.",
  ),
  deadLetters,
  lastHour: object({
    from: time,
    to: time,
    requests: count,
    errors: described(count, "Requests whose category is not `Success`."),
    operations: array(
      object({
        operation: text,
        requests: count,
        errors: count,
        statuses: { type: "object", additionalProperties: count },
      }),
    ),
  }),
});

export const overviewSchema = object({
  account: text,
  resourceId: text,
  asOf: time,
  analytics: object({
    ...writing,
    bytes: described(count, "Log blobs and rows of metrics that are kept."),
    limitBytes: count,
    cost: object(
      {
        from: time,
        to: time,
        "billable?": object({ requests: count, bytes: count }, "Absent without a gateway: Azure writes its own logs."),
        free: object({ requests: described(count, "Deletes by retention.") }),
      },
      "What analytics itself did, as Azure bills it.",
    ),
  }),
  services: object(Object.fromEntries(services.map((service) => [service, serviceOverview]))),
});

/** One request: the fields of the log line, decoded. A number that the log leaves out is null. */
export const rowSchema = object(
  Object.fromEntries(
    logFields.flatMap(({ name, form }) =>
      name === undefined ? [] : [[name, form === "count" ? { type: ["integer", "null"] } : text]],
    ),
  ),
);

export const requestsSchema = object({
  value: array(rowSchema),
  "nextLink?": described({ type: "string", format: "uri" }, "The next page; absent if there is none."),
});

const tableRowSchema = (columns: Readonly<Record<string, JsonSchema>>): JsonSchema =>
  object({ PartitionKey: described(text, "`yyyyMMddTHHmm`, UTC."), RowKey: text, ...columns });
const pageSchema = (row: JsonSchema): JsonSchema =>
  object({
    value: array(row),
    "nextLink?": described({ type: "string", format: "uri" }, "The next page; absent if there is none."),
  });
const columnsOf = (names: readonly string[], type: string): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(names.map((name) => [name, { type: [type, "null"] }]));

/** A row of a `$Metrics…Transactions…` table; a column that somebody took away is null. */
export const metricsRowSchema = tableRowSchema({
  ...columnsOf(int64Columns, "integer"),
  ...columnsOf(doubleColumns, "number"),
});
export const metricsRowsSchema = pageSchema(metricsRowSchema);
export const capacityRowSchema = tableRowSchema(columnsOf(capacityColumns, "integer"));
export const capacityRowsSchema = pageSchema(capacityRowSchema);

export const usageSchema = object({
  from: time,
  to: time,
  by: text,
  value: array(
    object({
      group: described(text, "`(none)`: an empty field. `(other)`: groups beyond the most that are kept apart."),
      requests: count,
      errors: count,
      bytesIn: described(count, "Headers and bodies of requests."),
      bytesOut: described(count, "Headers and bodies of responses."),
      "latencyP50Ms?": { type: "number" },
      "latencyP95Ms?": { type: "number" },
      "latencyP99Ms?": { type: "number" },
    }),
  ),
});

export const errorSchema = object({
  error: object({
    code: text,
    message: described(text, "What is wrong, and what to do."),
    "target?": described(text, "The parameter that it is about."),
  }),
});
