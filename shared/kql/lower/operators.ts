/** The tabular operators, by the class of their node in the official tree. */
import { type Plan } from "../plan.js";
import { type SyntaxNode } from "../syntax.js";
import { type Context } from "./lowering.js";
import { columnOperators } from "./operators-columns.js";
import { expandOperators } from "./operators-expand.js";
import { joinOperators } from "./operators-join.js";
import { parseOperators } from "./operators-parse.js";
import { pluginOperators } from "./operators-plugin.js";
import { rowOperators } from "./operators-rows.js";
import { searchOperators } from "./operators-search.js";
import { summarizeOperators } from "./operators-summarize.js";

export interface TabularOperator {
  /** As written in KQL. */
  readonly name: string;
  readonly node: string;
  /** @param input undefined where the operator is the source of a pipeline */
  readonly lower: (node: SyntaxNode, input: Plan | undefined, context: Context) => Plan;
  readonly source: string;
}

export const operators: ReadonlyMap<string, TabularOperator> = new Map(
  [
    ...rowOperators,
    ...columnOperators,
    ...summarizeOperators,
    ...joinOperators,
    ...expandOperators,
    ...parseOperators,
    ...searchOperators,
    ...pluginOperators,
  ].map((operator) => [operator.node, operator]),
);
