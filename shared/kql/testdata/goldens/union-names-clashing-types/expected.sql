WITH rows1 AS (
SELECT c0::BIGINT AS "x", c1::VARCHAR AS "y"
FROM (VALUES
(1::BIGINT, $1::VARCHAR, 0)) AS v(c0, c1, "#position")
),
rows2 AS (
SELECT c0::VARCHAR AS "x"
FROM (VALUES
($2::VARCHAR, 0)) AS v(c0, "#position")
),
union3 AS (
SELECT coalesce(c0, '') AS "Source", c1 AS "x_long", coalesce(c2, '') AS "x_string", coalesce(c3, '') AS "y"
FROM (
SELECT $3::VARCHAR::VARCHAR AS c0, "x"::BIGINT AS c1, "y"::VARCHAR AS c3 FROM rows1
UNION ALL BY NAME
SELECT $4::VARCHAR::VARCHAR AS c0, "x"::VARCHAR AS c2 FROM rows2)
)
SELECT "Source", "x_long", "x_string", "y"
FROM union3 ORDER BY "Source" ASC NULLS FIRST
-- ["a","one","A","B"]
