/** Functions over the order of the rows. They need serialized input; the binder checks that. */
import { convertSql } from "../sql/carrier.js";
import { registry } from "./define.js";
import { type CallSite, type Takes, type WindowFunction } from "./function.js";

function window(
  name: string,
  takes: readonly Takes[],
  emit: WindowFunction["emit"],
  returns: WindowFunction["returns"] = "bound",
): WindowFunction {
  return { name, takes, returns, emit, source: `query/${name.replaceAll("_", "-")}-function` };
}

function neighbour(sqlName: string): WindowFunction["emit"] {
  return (args, over, call) => {
    const [value = "", offset = "1", fallback] = args;
    const type = call.type;
    const otherwise = fallback === undefined ? undefined : convertSql(fallback, call.args[2]?.type ?? type, type);
    const own = convertSql(value, call.args[0]?.type ?? type, type);
    const sql = `${sqlName}(${own}, ${offset}${otherwise === undefined ? "" : `, ${otherwise}`}) OVER (${over})`;
    return type === "string" ? `coalesce(${sql}, '')` : sql;
  };
}

function partition(group: string | undefined): string {
  return group === undefined ? "" : `PARTITION BY ${group} `;
}

function cumulative([value = "", group]: readonly string[], over: string, call: CallSite): string {
  const type = call.type;
  const typed = convertSql(value, call.args[0]?.type ?? type, type);
  const sql = `coalesce(sum(coalesce(${typed}, 0)) OVER (${partition(group)}${over} ROWS UNBOUNDED PRECEDING), 0)`;
  return type === "real" ? `${sql}::DOUBLE` : `${sql}::BIGINT`;
}

export const windowFunctions: ReadonlyMap<string, WindowFunction> = registry([
  window(
    "row_number",
    ["long", "any"],
    ([start = "1", group], over) => `(row_number() OVER (${partition(group)}${over}) - 1 + ${start})`,
    "long",
  ),
  window("prev", ["any", "long", "any"], neighbour("lag")),
  window("next", ["any", "long", "any"], neighbour("lead")),
  window("row_cumsum", ["any", "any"], cumulative),
  window("row_rank_dense", ["any", "any"], ([changed = "", group], over) => runningCount(changed, group, over), "long"),
  window(
    "row_rank_min",
    ["any", "any", "any"],
    ([changed = "", group, number = ""], over) =>
      `max(CASE WHEN ${changed} THEN ${number} END) OVER (${partition(group)}${over} ROWS UNBOUNDED PRECEDING)`,
    "long",
  ),
]);

function runningCount(condition: string, group: string | undefined, over: string): string {
  return `sum(CASE WHEN ${condition} THEN 1 ELSE 0 END) OVER (${partition(group)}${over} ROWS UNBOUNDED PRECEDING)::BIGINT`;
}

/** Steps of the functions above, never called by name: how often `restart` was true so far, and whether a value differs from the row before. */
export const restartGroup = window(
  "restart group",
  ["bool"],
  ([restart = ""], over) => runningCount(restart, undefined, over),
  "long",
);
export const valueChanged = window(
  "value changed",
  ["any"],
  ([value = ""], over) => `(row_number() OVER (${over}) = 1 OR ${value} IS DISTINCT FROM lag(${value}) OVER (${over}))`,
  "bool",
);
