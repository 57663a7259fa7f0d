WITH rows1 AS (
SELECT c0::TIMESTAMP AS "Time", c1::VARCHAR AS "Caller", c2::BIGINT AS "Status", c3::BIGINT AS "Bytes", c4::JSON AS "Tags", "#position" AS "_position"
FROM (VALUES
(TIMESTAMP '2024-06-15 10:00:00.000000', $1::VARCHAR, 200::BIGINT, 1200::BIGINT, $2::VARCHAR::JSON, 0),
(TIMESTAMP '2024-06-15 10:05:00.000000', $3::VARCHAR, 404::BIGINT, 0::BIGINT, $4::VARCHAR::JSON, 1),
(TIMESTAMP '2024-06-15 11:10:00.000000', $1::VARCHAR, 500::BIGINT, NULL::BIGINT, NULL::JSON, 2),
(TIMESTAMP '2024-06-15 11:20:00.000000', $5::VARCHAR, 200::BIGINT, 700::BIGINT, $6::VARCHAR::JSON, 3)) AS v(c0, c1, c2, c3, c4, "#position")
),
sorted2 AS (
SELECT "Caller", "Bytes", "#position" AS "_position"
FROM (SELECT *, row_number() OVER (ORDER BY "Time" ASC NULLS FIRST) AS "#position" FROM rows1)
),
project3 AS (
SELECT "Caller", "Bytes", coalesce(lag("Caller", 1) OVER (ORDER BY "_position"), '') AS "prev", "_position" AS "_position"
FROM sorted2
),
project4 AS (
SELECT "Caller", "Bytes", sum(CASE WHEN ("Caller" <> "prev") THEN 1 ELSE 0 END) OVER (ORDER BY "_position" ROWS UNBOUNDED PRECEDING)::BIGINT AS "restart_group", "_position" AS "_position"
FROM project3
),
project5 AS (
SELECT "Caller", (row_number() OVER (ORDER BY "_position") - 1 + 1::BIGINT) AS "Row", coalesce(lag("Caller", 1) OVER (ORDER BY "_position"), '') AS "Before", coalesce(sum(coalesce("Bytes", 0)) OVER (ORDER BY "_position" ROWS UNBOUNDED PRECEDING), 0)::BIGINT AS "Running", (row_number() OVER (PARTITION BY "restart_group" ORDER BY "_position") - 1 + 1::BIGINT) AS "New", "_position" AS "_position"
FROM project4
),
project6 AS (
SELECT "Row", "Caller", "Before", "Running", "New", "_position" AS "_position"
FROM project5
)
SELECT "Row", "Caller", "Before", "Running", "New"
FROM project6 ORDER BY "_position"
-- ["alice","{\"region\":\"eu\",\"hops\":[1,2]}","bob","{\"region\":\"us\"}","carol","{\"region\":\"eu\",\"hops\":[]}"]
