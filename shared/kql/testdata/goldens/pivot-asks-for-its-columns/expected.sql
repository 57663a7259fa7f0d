WITH rows1 AS (
SELECT c0::TIMESTAMP AS "Time", c1::VARCHAR AS "Caller", c2::BIGINT AS "Status", c3::BIGINT AS "Bytes", c4::JSON AS "Tags"
FROM (VALUES
(TIMESTAMP '2024-06-15 10:00:00.000000', $1::VARCHAR, 200::BIGINT, 1200::BIGINT, $2::VARCHAR::JSON, 0),
(TIMESTAMP '2024-06-15 10:05:00.000000', $3::VARCHAR, 404::BIGINT, 0::BIGINT, $4::VARCHAR::JSON, 1),
(TIMESTAMP '2024-06-15 11:10:00.000000', $1::VARCHAR, 500::BIGINT, NULL::BIGINT, NULL::JSON, 2),
(TIMESTAMP '2024-06-15 11:20:00.000000', $5::VARCHAR, 200::BIGINT, 700::BIGINT, $6::VARCHAR::JSON, 3)) AS v(c0, c1, c2, c3, c4, "#position")
),
project2 AS (
SELECT "Caller", "Status"
FROM rows1
),
summarize3 AS (
SELECT "Caller", count(*) FILTER (WHERE coalesce("Status"::VARCHAR, '') = $7::VARCHAR) AS "200", count(*) FILTER (WHERE coalesce("Status"::VARCHAR, '') = $8::VARCHAR) AS "404", count(*) FILTER (WHERE coalesce("Status"::VARCHAR, '') = $9::VARCHAR) AS "500"
FROM project2 GROUP BY 1
),
project4 AS (
SELECT "Caller", "200", "404", "500"
FROM summarize3
)
SELECT "Caller", "200", "404", "500"
FROM project4 ORDER BY "Caller" ASC NULLS FIRST
-- ["alice","{\"region\":\"eu\",\"hops\":[1,2]}","bob","{\"region\":\"us\"}","carol","{\"region\":\"eu\",\"hops\":[]}","200","404","500"]
