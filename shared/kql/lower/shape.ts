import { type Plan } from "../plan.js";

/** Thrown when the columns of a plugin's result depend on the data: `plan` gives them, as rows of name and type. */
export class ShapeNeeded extends Error {
  readonly plan: Plan;
  /** Where `: (name: type, …)` would stand in the bound text. */
  readonly offset: number;
  constructor(plan: Plan, offset: number) {
    super("the columns depend on the data");
    this.name = "ShapeNeeded";
    this.plan = plan;
    this.offset = offset;
  }
}
