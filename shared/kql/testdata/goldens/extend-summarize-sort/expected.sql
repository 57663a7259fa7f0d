WITH rows1 AS (
SELECT c0::TIMESTAMP AS "Time", c1::VARCHAR AS "Caller", c2::BIGINT AS "Status", c3::BIGINT AS "Bytes", c4::JSON AS "Tags"
FROM (VALUES
(TIMESTAMP '2024-06-15 10:00:00.000000', $1::VARCHAR, 200::BIGINT, 1200::BIGINT, $2::VARCHAR::JSON, 0),
(TIMESTAMP '2024-06-15 10:05:00.000000', $3::VARCHAR, 404::BIGINT, 0::BIGINT, $4::VARCHAR::JSON, 1),
(TIMESTAMP '2024-06-15 11:10:00.000000', $1::VARCHAR, 500::BIGINT, NULL::BIGINT, NULL::JSON, 2),
(TIMESTAMP '2024-06-15 11:20:00.000000', $5::VARCHAR, 200::BIGINT, 700::BIGINT, $6::VARCHAR::JSON, 3)) AS v(c0, c1, c2, c3, c4, "#position")
),
project2 AS (
SELECT "Caller", kql_bin_datetime("Time", 36000000000::BIGINT) AS "Hour", ("Bytes"::DOUBLE / 1000::DOUBLE) AS "Kilobytes"
FROM rows1
),
summarize3 AS (
SELECT "Hour", count(*) AS "Count", coalesce(sum("Kilobytes"), 0)::DOUBLE AS "sum_Kilobytes", count(DISTINCT "Caller") AS "dcount_Caller"
FROM project2 GROUP BY 1
)
SELECT "Hour", "Count", "sum_Kilobytes", "dcount_Caller"
FROM summarize3 ORDER BY "Hour" ASC NULLS FIRST
-- ["alice","{\"region\":\"eu\",\"hops\":[1,2]}","bob","{\"region\":\"us\"}","carol","{\"region\":\"eu\",\"hops\":[]}"]
