import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { withSupportTable } from "../../shared/kql/support.js";

const readme = fileURLToPath(new URL("../../../shared/kql/README.md", import.meta.url));
writeFileSync(readme, withSupportTable(readFileSync(readme, "utf8")));
