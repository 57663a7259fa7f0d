/** All functions in TypeScript, by the name that follows `kqljs_` in SQL. */
import { registry } from "../functions/define.js";
import { type NativeFunction } from "../functions/function.js";
import { arrayNatives } from "./arrays.js";
import { bagNatives } from "./bags.js";
import { cellNatives } from "./cells.js";
import { geographyNatives } from "./geography.js";
import { dateNatives } from "./dates.js";
import { decompositionNatives } from "./decomposition.js";
import { hashNatives } from "./hash.js";
import { markupNatives } from "./markup.js";
import { patternNatives } from "./patterns.js";
import { regressionNatives } from "./regression.js";
import { mathematicsNatives } from "./mathematics.js";
import { networkNatives } from "./network.js";
import { s2Natives } from "./s2.js";
import { seriesNatives } from "./series.js";
import { shapeNatives } from "./shape-functions.js";
import { tableNatives } from "./tables.js";
import { textNatives } from "./text.js";
import { unitNatives } from "./units.js";
import { windowNatives } from "./windows.js";
import { wktNatives } from "./wkt.js";

export const nativeFunctions: ReadonlyMap<string, NativeFunction> = registry(
  arrayNatives,
  bagNatives,
  textNatives,
  dateNatives,
  mathematicsNatives,
  networkNatives,
  seriesNatives,
  geographyNatives,
  cellNatives,
  s2Natives,
  shapeNatives,
  wktNatives,
  unitNatives,
  windowNatives,
  patternNatives,
  tableNatives,
  regressionNatives,
  decompositionNatives,
  hashNatives,
  markupNatives,
);
