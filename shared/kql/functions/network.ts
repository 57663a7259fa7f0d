/** Addresses. Everything bad is null. */
import { native, nativeOfMany, scalar } from "./define.js";
import { type ScalarFunction } from "./function.js";

/** What needs a database of places: without one the answer is an empty bag. */
const geoInfo = scalar("geo_info_from_ip_address", ["string"], "dynamic", () => "'{}'::JSON");

export const networkFunctions: readonly ScalarFunction[] = [
  native("parse_ipv4", ["string"], "long"),
  native("parse_ipv4_mask", ["string", "long"], "long"),
  native("parse_ipv6", ["string"], "string"),
  native("parse_ipv6_mask", ["string", "long"], "string"),
  native("ipv4_is_private", ["string"], "bool"),
  native("ipv4_is_match", ["string", "string", "long"], "bool"),
  native("ipv4_compare", ["string", "string", "long"], "long"),
  native("ipv4_is_in_range", ["string", "string"], "bool"),
  nativeOfMany("ipv4_is_in_any_range", "bool"),
  native("ipv4_netmask_suffix", ["string"], "long"),
  native("ipv4_range_to_cidr_list", ["string", "string"], "dynamic"),
  native("ipv6_is_match", ["string", "string", "long"], "bool"),
  native("ipv6_compare", ["string", "string", "long"], "long"),
  native("ipv6_is_in_range", ["string", "string"], "bool"),
  nativeOfMany("ipv6_is_in_any_range", "bool"),
  native("format_ipv4", ["dynamic", "long"], "string"),
  native("format_ipv4_mask", ["dynamic", "long"], "string"),
  native("has_ipv4", ["string", "string"], "bool"),
  nativeOfMany("has_any_ipv4", "bool"),
  native("has_ipv4_prefix", ["string", "string"], "bool"),
  nativeOfMany("has_any_ipv4_prefix", "bool"),
  geoInfo,
];
