import tseslint from "typescript-eslint";

/** Rooms that take values and return values (design.md §2): no SDK, no store, no client, no I/O, no clock. */
const pureRooms = ["storage-analytics", "metrics", "alerts", "directory-reports", "kql"];
const clock = "Pure rooms take the clock as an argument.";

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", ".vigil/", "**/testdata/"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ["*.js", "vitest.config.ts"] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      eqeqeq: "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: pureRooms.map((room) => `shared/${room}/**/*.ts`),
    ignores: ["**/*.test.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { group: ["@azure/*"], message: "Pure rooms know no SDK: stores and clients do the I/O." },
            {
              group: [
                "**/stores/**",
                "**/clients/**",
                "**/lake/**",
                "**/log-search/**",
                "**/runtime/**",
                "**/infra/**",
              ],
              message: "Arrows go one way: stores import pure rooms, never the reverse.",
            },
            {
              group: ["node:fs", "node:fs/*", "node:http", "node:https", "node:net", "node:timers", "node:timers/*"],
              message: "Pure rooms do no I/O and know no time.",
            },
          ],
        },
      ],
      "no-restricted-globals": [
        "error",
        ...["performance", "setTimeout", "setInterval", "fetch", "process"].map((name) => ({ name, message: clock })),
      ],
      "no-restricted-syntax": [
        "error",
        { selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']", message: clock },
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: clock },
        { selector: "CallExpression[callee.name='Date']", message: clock },
      ],
    },
  },
  {
    files: ["**/*.ts"],
    ignores: ["**/*.test.ts", "**/*.contract.ts", "shared/testing/**", "infra/**"],
    rules: {
      "no-restricted-properties": [
        "error",
        {
          object: "process",
          property: "env",
          message: "Only functions/index.ts hands over the environment; settings are read once, in shared/runtime.",
        },
      ],
    },
  },
  { files: ["functions/index.ts"], rules: { "no-restricted-properties": "off" } },
  { files: ["**/*.js"], extends: [tseslint.configs.disableTypeChecked] },
);
