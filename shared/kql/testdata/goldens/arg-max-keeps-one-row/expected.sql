WITH rows1 AS (
SELECT c0::TIMESTAMP AS "Time", c1::VARCHAR AS "Caller", c2::BIGINT AS "Status", c3::BIGINT AS "Bytes", c4::JSON AS "Tags"
FROM (VALUES
(TIMESTAMP '2024-06-15 10:00:00.000000', $1::VARCHAR, 200::BIGINT, 1200::BIGINT, $2::VARCHAR::JSON, 0),
(TIMESTAMP '2024-06-15 10:05:00.000000', $3::VARCHAR, 404::BIGINT, 0::BIGINT, $4::VARCHAR::JSON, 1),
(TIMESTAMP '2024-06-15 11:10:00.000000', $1::VARCHAR, 500::BIGINT, NULL::BIGINT, NULL::JSON, 2),
(TIMESTAMP '2024-06-15 11:20:00.000000', $5::VARCHAR, 200::BIGINT, 700::BIGINT, $6::VARCHAR::JSON, 3)) AS v(c0, c1, c2, c3, c4, "#position")
),
summarize2 AS (
SELECT "Caller", coalesce(max_by({'f0': "Time", 'f1': "Status", 'f2': "Bytes", 'f3': "Tags"}, "Time"), any_value({'f0': "Time", 'f1': "Status", 'f2': "Bytes", 'f3': "Tags"})) AS "row0"
FROM rows1 GROUP BY 1
),
picked3 AS (
SELECT "Caller", "row0".f0 AS "Time", "row0".f1 AS "Status", "row0".f2 AS "Bytes", "row0".f3 AS "Tags"
FROM summarize2
)
SELECT "Caller", "Time", "Status", "Bytes", "Tags"
FROM picked3 ORDER BY "Caller" ASC NULLS FIRST
-- ["alice","{\"region\":\"eu\",\"hops\":[1,2]}","bob","{\"region\":\"us\"}","carol","{\"region\":\"eu\",\"hops\":[]}"]
