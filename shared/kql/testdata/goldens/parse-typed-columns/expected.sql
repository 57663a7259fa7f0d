WITH rows1 AS (
SELECT c0::VARCHAR AS "Line"
FROM (VALUES
($1::VARCHAR, 0),
($2::VARCHAR, 1),
($3::VARCHAR, 2)) AS v(c0, "#position")
),
project2 AS (
SELECT "Line", CASE WHEN ((kql_text_to_long(regexp_extract("Line", '(?s)^user=(.*?) took ([-+]?[0-9]+) ms', ['g1', 'g2']).g2) IS NOT NULL)) THEN regexp_extract("Line", '(?s)^user=(.*?) took ([-+]?[0-9]+) ms', ['g1', 'g2']).g1 ELSE $4::VARCHAR END AS "User", CASE WHEN ((kql_text_to_long(regexp_extract("Line", '(?s)^user=(.*?) took ([-+]?[0-9]+) ms', ['g1', 'g2']).g2) IS NOT NULL)) THEN kql_text_to_long(regexp_extract("Line", '(?s)^user=(.*?) took ([-+]?[0-9]+) ms', ['g1', 'g2']).g2) ELSE NULL::BIGINT END AS "Millis"
FROM rows1
)
SELECT "Line", "User", "Millis"
FROM project2 ORDER BY "User" ASC NULLS FIRST
-- ["user=alice took 12 ms","user=bob took long ms","nothing",""]
