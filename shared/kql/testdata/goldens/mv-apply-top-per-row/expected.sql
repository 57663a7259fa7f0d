WITH rows1 AS (
SELECT c0::INTEGER AS "Id", c1::JSON AS "Values"
FROM (VALUES
(1::INTEGER, $1::VARCHAR::JSON, 0),
(2::INTEGER, $2::VARCHAR::JSON, 1),
(3::INTEGER, $3::VARCHAR::JSON, 2)) AS v(c0, c1, "#position")
),
apply6 AS (
SELECT outer1."Id" AS "Id", outer1."Values" AS "Values", body."Best" AS "Best", body."Total" AS "Total"
FROM rows1 AS outer1, LATERAL (SELECT * FROM (SELECT to_json(coalesce(list(to_json("Value") ORDER BY "Value" DESC NULLS LAST) FILTER (WHERE to_json("Value") IS NOT NULL), [])) AS "Best", coalesce(sum("Value"), 0)::BIGINT AS "Total"
FROM (SELECT "Value"
FROM (SELECT kql_dynamic_to_long("Value") AS "Value"
FROM (SELECT unnest("#list0") AS "Value"
FROM (SELECT *, kql_expand(outer1."Values") AS "#list0" FROM (SELECT 1)))) ORDER BY "Value" DESC NULLS LAST LIMIT 2))) AS body
),
project7 AS (
SELECT "Id", "Values", "Best", "Total"
FROM apply6
)
SELECT "Id", "Values", "Best", "Total"
FROM project7 ORDER BY "Id" ASC NULLS FIRST
-- ["[5,9,7]","[]","[2]"]
