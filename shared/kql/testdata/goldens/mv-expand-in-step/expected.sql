WITH rows1 AS (
SELECT c0::TIMESTAMP AS "Time", c1::VARCHAR AS "Caller", c2::BIGINT AS "Status", c3::BIGINT AS "Bytes", c4::JSON AS "Tags"
FROM (VALUES
(TIMESTAMP '2024-06-15 10:00:00.000000', $1::VARCHAR, 200::BIGINT, 1200::BIGINT, $2::VARCHAR::JSON, 0),
(TIMESTAMP '2024-06-15 10:05:00.000000', $3::VARCHAR, 404::BIGINT, 0::BIGINT, $4::VARCHAR::JSON, 1),
(TIMESTAMP '2024-06-15 11:10:00.000000', $1::VARCHAR, 500::BIGINT, NULL::BIGINT, NULL::JSON, 2),
(TIMESTAMP '2024-06-15 11:20:00.000000', $5::VARCHAR, 200::BIGINT, 700::BIGINT, $6::VARCHAR::JSON, 3)) AS v(c0, c1, c2, c3, c4, "#position")
),
expand2 AS (
SELECT "Caller", "Tags", unnest("#list0") AS "Hop"
FROM (SELECT *, kql_expand(kql_member("Tags", $7::VARCHAR)) AS "#list0" FROM rows1)
),
project3 AS (
SELECT "Caller", "Tags", kql_dynamic_to_long("Hop") AS "Hop"
FROM expand2
),
project4 AS (
SELECT "Caller", kql_dynamic_text(kql_member("Tags", $8::VARCHAR)) AS "Region", "Hop"
FROM project3
)
SELECT "Caller", "Region", "Hop"
FROM project4 ORDER BY "Caller" ASC NULLS FIRST, "Hop" ASC NULLS FIRST
-- ["alice","{\"region\":\"eu\",\"hops\":[1,2]}","bob","{\"region\":\"us\"}","carol","{\"region\":\"eu\",\"hops\":[]}","$.\"hops\"","$.\"region\""]
