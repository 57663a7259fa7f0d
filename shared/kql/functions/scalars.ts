/** All scalar functions by name. */
import { registry } from "./define.js";
import { dateFunctions } from "./dates.js";
import { dynamicFunctions } from "./dynamic.js";
import { type ScalarFunction } from "./function.js";
import { geoFunctions } from "./geo.js";
import { networkFunctions } from "./network.js";
import { numberFunctions } from "./numbers.js";
import { seriesFunctions } from "./series.js";
import { textFunctions } from "./text.js";

export const scalarFunctions: ReadonlyMap<string, ScalarFunction> = registry(
  textFunctions,
  numberFunctions,
  dateFunctions,
  dynamicFunctions,
  networkFunctions,
  geoFunctions,
  seriesFunctions,
);
