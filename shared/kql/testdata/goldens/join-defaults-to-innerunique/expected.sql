WITH rows1 AS (
SELECT c0::TIMESTAMP AS "Time", c1::VARCHAR AS "Caller", c2::BIGINT AS "Status", c3::BIGINT AS "Bytes", c4::JSON AS "Tags"
FROM (VALUES
(TIMESTAMP '2024-06-15 10:00:00.000000', $1::VARCHAR, 200::BIGINT, 1200::BIGINT, $2::VARCHAR::JSON, 0),
(TIMESTAMP '2024-06-15 10:05:00.000000', $3::VARCHAR, 404::BIGINT, 0::BIGINT, $4::VARCHAR::JSON, 1),
(TIMESTAMP '2024-06-15 11:10:00.000000', $1::VARCHAR, 500::BIGINT, NULL::BIGINT, NULL::JSON, 2),
(TIMESTAMP '2024-06-15 11:20:00.000000', $5::VARCHAR, 200::BIGINT, 700::BIGINT, $6::VARCHAR::JSON, 3)) AS v(c0, c1, c2, c3, c4, "#position")
),
rows2 AS (
SELECT c0::VARCHAR AS "Caller", c1::VARCHAR AS "Team"
FROM (VALUES
($1::VARCHAR, $7::VARCHAR, 0),
($1::VARCHAR, $8::VARCHAR, 1),
($5::VARCHAR, $7::VARCHAR, 2)) AS v(c0, c1, "#position")
),
join3 AS (
SELECT r."Team" AS "Team"
FROM (SELECT DISTINCT ON (u."Caller") * FROM rows1 AS u) AS l JOIN rows2 AS r ON l."Caller" = r."Caller"
),
summarize4 AS (
SELECT "Team", count(*) AS "count_"
FROM join3 GROUP BY 1
)
SELECT "Team", "count_"
FROM summarize4 ORDER BY "Team" ASC NULLS FIRST
-- ["alice","{\"region\":\"eu\",\"hops\":[1,2]}","bob","{\"region\":\"us\"}","carol","{\"region\":\"eu\",\"hops\":[]}","red","blue"]
