import { expect, test } from "vitest";
import { readLocalSettings } from "./local-settings.js";

test.each([
  `{"Values":{"X":'AccountKey=c2VjcmV0'}}`,
  `{"Values":{"X":"AccountKey=c2VjcmV0" "Y":""}}`,
  `{"Values":{"X":"AccountKey=c2VjcmV0`,
])("what is wrong with %s is said without a word of it", (text) => {
  expect(() => readLocalSettings(text)).toThrow(/^local\.settings\.json is not valid JSON( \(at position \d+\))?$/);
});
