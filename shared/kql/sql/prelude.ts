/**
 * Macros that the compiled SQL calls; the runner creates them once per connection, before it is locked. Each says which
 * trap it holds; its test is in `infra/kql/semantics.test.ts`.
 */
export const prelude: readonly string[] = [
  // .NET spelling, and strings are never null
  `kql_bool_text(x) AS CASE WHEN x THEN 'True' WHEN NOT x THEN 'False' ELSE '' END`,
  `kql_real_text(x) AS CASE WHEN x IS NULL THEN '' WHEN isnan(x) THEN 'NaN' WHEN isinf(x) THEN CASE WHEN x > 0 THEN '∞' ELSE '-∞' END ELSE x::VARCHAR END`,
  `kql_decimal_text(x) AS coalesce(rtrim(rtrim(x::VARCHAR, '0'), '.'), '')`,
  `kql_datetime_text(t) AS coalesce(strftime(t, '%Y-%m-%dT%H:%M:%S.%f') || '0Z', '')`,
  `kql_timespan_text(k) AS coalesce((CASE WHEN k < 0 THEN '-' ELSE '' END) || (CASE WHEN abs(k) // 864000000000 > 0 THEN (abs(k) // 864000000000)::VARCHAR || '.' ELSE '' END) || printf('%02d:%02d:%02d', (abs(k) // 36000000000) % 24, (abs(k) // 600000000) % 60, (abs(k) // 10000000) % 60) || (CASE WHEN abs(k) % 10000000 > 0 THEN '.' || printf('%07d', abs(k) % 10000000) ELSE '' END), '')`,
  // ->> gives strings without quotes, everything else as compact JSON, and NULL for JSON null
  `kql_dynamic_text(d) AS coalesce(d::JSON ->> '$', '')`,
  // NaN is no JSON token
  `kql_real_json(x) AS CASE WHEN isnan(x) THEN '"NaN"'::JSON WHEN isinf(x) THEN (CASE WHEN x > 0 THEN '"Infinity"' ELSE '"-Infinity"' END)::JSON ELSE to_json(x) END`,
  // a plain cast rounds ('1.7' becomes 2) and takes text that Kusto refuses
  `kql_text_to_long(s) AS CASE WHEN regexp_full_match(s, '\\s*[+-]?(0[xX][0-9a-fA-F]+|[0-9]+)\\s*') THEN try_cast(s AS BIGINT) END`,
  `kql_text_to_real(s) AS CASE WHEN regexp_full_match(s, '\\s*[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?\\s*|(?i)[+-]?(inf|infinity|nan)|0[xX][0-9a-fA-F]+') THEN coalesce(try_cast(s AS DOUBLE), try_cast(s AS BIGINT)::DOUBLE) END`,
  `kql_text_to_bool(s) AS CASE lower(trim(s)) WHEN 'true' THEN true WHEN 'false' THEN false ELSE try_cast(CASE WHEN regexp_full_match(s, '\\s*-?[0-9]+\\s*') THEN s END AS BIGINT) <> 0 END`,
  `kql_real_to_long(x) AS CASE WHEN NOT isnan(x::DOUBLE) AND NOT isinf(x::DOUBLE) THEN try_cast(trunc(x) AS BIGINT) END`,
  // ISO text with an offset goes through TIMESTAMPTZ (a TIMESTAMP cast would keep the local time); other formats are read in TypeScript
  `kql_text_to_datetime(s) AS CASE WHEN s = '' THEN NULL WHEN regexp_full_match(s, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?)?') THEN try_cast(s AS TIMESTAMPTZ) AT TIME ZONE 'UTC' ELSE kqljs_parse_datetime(s) END`,
  `kql_text_to_timespan(s) AS CASE WHEN s = '' THEN NULL ELSE kqljs_parse_timespan(s) END`,
  `kql_text_to_guid(s) AS CASE WHEN regexp_full_match(s, '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}') THEN lower(s) ELSE kqljs_parse_guid(s) END`,
  `kql_dynamic_to_long(d) AS CASE json_type(d) WHEN 'BIGINT' THEN try_cast(d::VARCHAR AS BIGINT) WHEN 'UBIGINT' THEN try_cast(d::VARCHAR AS BIGINT) WHEN 'DOUBLE' THEN kql_real_to_long(try_cast(d::VARCHAR AS DOUBLE)) WHEN 'BOOLEAN' THEN (d::VARCHAR = 'true')::BIGINT WHEN 'VARCHAR' THEN kql_text_to_long(d ->> '$') END`,
  `kql_dynamic_to_real(d) AS CASE json_type(d) WHEN 'BOOLEAN' THEN (d::VARCHAR = 'true')::DOUBLE WHEN 'VARCHAR' THEN kql_text_to_real(d ->> '$') WHEN 'NULL' THEN NULL ELSE try_cast(d::VARCHAR AS DOUBLE) END`,
  // ticks since 0001-01-01
  `kql_ticks(t) AS epoch_us(t) * 10 + 621355968000000000`,
  `kql_datetime(k) AS make_timestamp((k - 621355968000000000) // 10)`,
  // what the lake stores as dynamic is JSON text; anything else is a string
  `kql_stored_dynamic(s) AS CASE WHEN s IS NULL THEN NULL WHEN json_valid(s::VARCHAR) THEN nullif(s::VARCHAR, 'null')::JSON ELSE to_json(s::VARCHAR) END`,
  `kql_parse_json(s) AS CASE WHEN s = '' THEN NULL WHEN json_valid(s) THEN nullif(json(s), 'null'::JSON) ELSE to_json(s) END`,
  // a JSON null inside a value is Kusto's null
  `kql_member(d, path) AS nullif(json_extract(d, path), 'null'::JSON)`,
  `kql_elements(d) AS from_json(CASE WHEN json_type(d) = 'ARRAY' THEN d END, '["JSON"]')`,
  `kql_texts(d) AS list_transform(kql_elements(d), lambda e: kql_dynamic_text(e))`,
  // null gives one row with null, an empty array none, a bag one-key bags
  `kql_expand(d) AS CASE WHEN d IS NULL THEN [NULL::JSON] WHEN json_type(d) = 'ARRAY' THEN kql_elements(d) WHEN json_type(d) = 'OBJECT' THEN kql_elements(kqljs_bag_entries(d)::JSON) ELSE [d::JSON] END`,
  `kql_expand_array(d) AS CASE WHEN d IS NULL THEN [NULL::JSON] WHEN json_type(d) = 'ARRAY' THEN kql_elements(d) WHEN json_type(d) = 'OBJECT' THEN kql_elements(kqljs_bag_pairs(d)::JSON) ELSE [d::JSON] END`,
  // equality with null on both sides is null, on one side false
  `kql_equal(a, b) AS CASE WHEN a IS NULL AND b IS NULL THEN NULL ELSE a IS NOT DISTINCT FROM b END`,
  // the result of % is never negative
  `kql_modulo(a, b) AS CASE WHEN b <> 0 THEN ((a % abs(b)) + abs(b)) % abs(b) END`,
  `kql_bin(v, n) AS CASE WHEN n > 0 THEN v - ((v % n) + n) % n END`,
  `kql_bin_real(v, n) AS CASE WHEN n > 0 THEN floor(v / n) * n END`,
  // from year 1, a Monday: DuckDB's time_bucket starts in 2000
  `kql_bin_datetime(t, k) AS CASE WHEN k > 0 THEN make_timestamp(((epoch_us(t) * 10 + 621355968000000000) // k * k - 621355968000000000) // 10) END`,
  // weeks start on Sunday; DuckDB's on Monday
  `kql_start_of_week(t) AS date_trunc('day', t) - to_days(dayofweek(t)::INTEGER)`,
  // no boundary is asked for next to a separator: 'cmd.exe' has '.exe'
  `kql_left_edge(t) AS CASE WHEN regexp_matches(t, '^[\\p{L}\\p{N}]') THEN '(?:^|[^\\p{L}\\p{N}])' ELSE '' END`,
  `kql_right_edge(t) AS CASE WHEN regexp_matches(t, '[\\p{L}\\p{N}]$') THEN '(?:$|[^\\p{L}\\p{N}])' ELSE '' END`,
  // terms are bounded by anything that is neither letter nor digit; \\b would count _ as a letter
  `kql_has(s, t) AS contains(lower(s), lower(t)) AND regexp_matches(s, '(?i)' || kql_left_edge(t) || regexp_escape(t) || kql_right_edge(t))`,
  `kql_has_cs(s, t) AS contains(s, t) AND regexp_matches(s, kql_left_edge(t) || regexp_escape(t) || kql_right_edge(t))`,
  `kql_hasprefix(s, t) AS contains(lower(s), lower(t)) AND regexp_matches(s, '(?i)' || kql_left_edge(t) || regexp_escape(t))`,
  `kql_hasprefix_cs(s, t) AS contains(s, t) AND regexp_matches(s, kql_left_edge(t) || regexp_escape(t))`,
  `kql_hassuffix(s, t) AS contains(lower(s), lower(t)) AND regexp_matches(s, '(?i)' || regexp_escape(t) || kql_right_edge(t))`,
  `kql_hassuffix_cs(s, t) AS contains(s, t) AND regexp_matches(s, regexp_escape(t) || kql_right_edge(t))`,
  `kql_window(s, start, size) AS CASE WHEN size < 0 THEN substring(s, start + 1) ELSE substring(s, start + 1, size) END`,
  // position of a match, from what stands between the matches; matches do not overlap
  `kql_index_of_regex(s, re, start, size, nth) AS CASE WHEN start < 0 OR nth < 1 THEN NULL WHEN len(regexp_extract_all(kql_window(s, start, size), re)) < nth THEN -1 ELSE start + list_sum(list_transform(list_slice(string_split(regexp_replace(kql_window(s, start, size), re, chr(2), 'g'), chr(2)), 1, nth), lambda p: length(p))) + coalesce(list_sum(list_transform(list_slice(regexp_extract_all(kql_window(s, start, size), re), 1, nth - 1), lambda p: length(p))), 0) END::BIGINT`,
  // 0-based; a negative start counts from the end
  `kql_substring(s, start, size) AS CASE WHEN size <= 0 THEN '' ELSE substring(s, (CASE WHEN start >= 0 THEN start ELSE greatest(length(s) + start, 0) END) + 1, size) END`,
].map((macro) => `CREATE OR REPLACE MACRO ${macro}`);
