/** Ten typical queries over one table of requests, each with SQL that a person would write for the same answer. */
export interface Pair {
  readonly name: string;
  readonly kql: string;
  /** Over the table `requests`. Strings that KQL calls empty are never null there. */
  readonly sql: string;
}

/** Rows of `requests`: what a busy web service logs, the same at each run. `$rows` is their number. */
export const requestRows = `
  SELECT
    make_timestamp(1717200000000000 + i * (604800000000 // $rows)) AS "TimeGenerated",
    ['GET', 'PUT', 'POST', 'DELETE'][(1 + hash(i) % 4)::BIGINT] AS "Method",
    '/api/' || ['orders', 'customers', 'items', 'login', 'health'][(1 + hash(i + 1) % 5)::BIGINT] || '/' || (hash(i + 2) % 5000)::VARCHAR AS "Url",
    (CASE WHEN hash(i + 3) % 50 = 0 THEN 500 WHEN hash(i + 3) % 20 = 0 THEN 404 ELSE 200 END)::INTEGER AS "Status",
    ((hash(i + 4) % 100000) / 100.0)::DOUBLE AS "DurationMs",
    '10.' || (hash(i + 5) % 256)::VARCHAR || '.' || (hash(i + 6) % 64)::VARCHAR || '.7' AS "ClientIp",
    ['Mozilla/5.0 (Windows NT 10.0)', 'curl/8.4.0', 'python-requests/2.31', 'Go-http-client/1.1'][(1 + hash(i + 7) % 4)::BIGINT] AS "UserAgent",
    (CASE WHEN hash(i + 8) % 3 = 0 THEN NULL ELSE hash(i + 8) % 100000 END)::BIGINT AS "Bytes"
  FROM range($rows) AS r(i)`;

export const requestColumns = [
  { name: "TimeGenerated", type: "datetime" },
  { name: "Method", type: "string" },
  { name: "Url", type: "string" },
  { name: "Status", type: "int" },
  { name: "DurationMs", type: "real" },
  { name: "ClientIp", type: "string" },
  { name: "UserAgent", type: "string" },
  { name: "Bytes", type: "long" },
] as const;

export const pairs: readonly Pair[] = [
  {
    name: "count of failures",
    kql: "requests | where Status >= 500 | count",
    sql: `SELECT count(*) FROM requests WHERE "Status" >= 500`,
  },
  {
    name: "mean per method",
    kql: "requests | summarize avg(DurationMs), n = count() by Method",
    sql: `SELECT "Method", avg("DurationMs"), count(*) FROM requests GROUP BY 1`,
  },
  {
    name: "requests per hour and status",
    kql: "requests | summarize count() by bin(TimeGenerated, 1h), Status | sort by TimeGenerated asc",
    sql: `SELECT date_trunc('hour', "TimeGenerated") AS t, "Status", count(*) FROM requests GROUP BY 1, 2 ORDER BY t`,
  },
  {
    name: "percentiles per method",
    kql: "requests | summarize percentiles(DurationMs, 50, 95, 99) by Method",
    sql: `SELECT "Method", quantile_disc("DurationMs", [0.5, 0.95, 0.99]) FROM requests GROUP BY 1`,
  },
  {
    name: "slowest twenty",
    kql: "requests | top 20 by DurationMs | project TimeGenerated, Url, DurationMs",
    // NaN is no slow request: for KQL it comes next to null, for DuckDB above infinity
    sql: `SELECT "TimeGenerated", "Url", "DurationMs" FROM requests ORDER BY "DurationMs" IS NULL, isnan("DurationMs"), "DurationMs" DESC LIMIT 20`,
  },
  {
    name: "distinct clients per address of failures",
    kql: "requests | where Status != 200 | summarize dcount(ClientIp) by Url | top 10 by dcount_ClientIp",
    sql: `SELECT "Url", count(DISTINCT "ClientIp") AS n FROM requests WHERE "Status" IS DISTINCT FROM 200 GROUP BY 1 ORDER BY n DESC LIMIT 10`,
  },
  {
    name: "text: contains",
    kql: 'requests | where UserAgent contains "CURL" | summarize sum(Bytes) by Method',
    sql: `SELECT "Method", sum("Bytes") FROM requests WHERE contains(lower("UserAgent"), 'curl') GROUP BY 1`,
  },
  {
    name: "text: has a term",
    kql: 'requests | where Url has "login" | summarize count() by Status',
    sql: `SELECT "Status", count(*) FROM requests
      WHERE contains(lower("Url"), 'login') AND regexp_matches("Url", '(?i)(^|[^\\p{L}\\p{N}])login($|[^\\p{L}\\p{N}])') GROUP BY 1`,
  },
  {
    name: "latest request per client",
    kql: "requests | summarize arg_max(TimeGenerated, Url, Status) by ClientIp",
    // all values out of one row, which two arg_max do not promise when times are equal
    sql: `SELECT "ClientIp", unnest(r) FROM
      (SELECT "ClientIp", max_by({t: "TimeGenerated", u: "Url", s: "Status"}, "TimeGenerated") AS r FROM requests GROUP BY 1)`,
  },
  {
    name: "join with the busiest clients",
    kql: "requests | summarize n = count() by ClientIp | sort by n desc, ClientIp asc | take 100 | join kind=inner (requests | where Status == 500) on ClientIp | summarize failures = count() by ClientIp",
    sql: `SELECT c."ClientIp", count(*) FROM (SELECT "ClientIp", count(*) AS n FROM requests GROUP BY 1 ORDER BY n DESC, "ClientIp" LIMIT 100) AS c
      JOIN requests AS r ON c."ClientIp" = r."ClientIp" WHERE r."Status" = 500 GROUP BY 1`,
  },
];
