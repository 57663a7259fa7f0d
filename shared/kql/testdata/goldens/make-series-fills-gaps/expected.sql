WITH rows1 AS (
SELECT c0::TIMESTAMP AS "Time", c1::VARCHAR AS "Caller", c2::BIGINT AS "Status", c3::BIGINT AS "Bytes", c4::JSON AS "Tags"
FROM (VALUES
(TIMESTAMP '2024-06-15 10:00:00.000000', $1::VARCHAR, 200::BIGINT, 1200::BIGINT, $2::VARCHAR::JSON, 0),
(TIMESTAMP '2024-06-15 10:05:00.000000', $3::VARCHAR, 404::BIGINT, 0::BIGINT, $4::VARCHAR::JSON, 1),
(TIMESTAMP '2024-06-15 11:10:00.000000', $1::VARCHAR, 500::BIGINT, NULL::BIGINT, NULL::JSON, 2),
(TIMESTAMP '2024-06-15 11:20:00.000000', $5::VARCHAR, 200::BIGINT, 700::BIGINT, $6::VARCHAR::JSON, 3)) AS v(c0, c1, c2, c3, c4, "#position")
),
points2 AS (
SELECT *, kql_ticks("Time") AS "#at" FROM rows1 WHERE kql_ticks("Time") IS NOT NULL
),
bounds3 AS MATERIALIZED (
SELECT kql_ticks(TIMESTAMP '2024-06-15 09:00:00.000000') AS "#low", greatest(0, (kql_ticks(TIMESTAMP '2024-06-15 12:00:00.000000') - kql_ticks(TIMESTAMP '2024-06-15 09:00:00.000000') - 1) // 36000000000::BIGINT + 1) AS "#size"
),
buckets4 AS MATERIALIZED (
SELECT "Caller" AS k0, ("#at" - "#low") // 36000000000::BIGINT AS i, count(*) AS v0 FROM points2 AS p, bounds3 AS b WHERE "#at" >= "#low" AND ("#at" - "#low") // 36000000000::BIGINT < "#size" GROUP BY 1, 2
),
series5 AS (
SELECT k0 AS "Caller", v0 AS "Count", "axis" AS "Time"
FROM (SELECT g.k0 AS k0, to_json(list(to_json(CASE WHEN x.i IS NULL THEN 0::BIGINT ELSE x.v0 END) ORDER BY a.i)) AS v0, to_json(list(to_json(nullif(kql_datetime_text(kql_datetime("#low" + a.i * 36000000000::BIGINT)), '')) ORDER BY a.i)) AS "axis" FROM (SELECT DISTINCT k0 FROM buckets4) AS g CROSS JOIN bounds3 AS b CROSS JOIN LATERAL (SELECT unnest(range("#size")) AS i) AS a LEFT JOIN buckets4 AS x ON g.k0 IS NOT DISTINCT FROM x.k0 AND x.i = a.i GROUP BY g.k0)
)
SELECT "Caller", "Count", "Time"
FROM series5 ORDER BY "Caller" ASC NULLS FIRST
-- ["alice","{\"region\":\"eu\",\"hops\":[1,2]}","bob","{\"region\":\"us\"}","carol","{\"region\":\"eu\",\"hops\":[]}"]
