import { testRules } from "./rule-test-command.js";

process.exitCode = await testRules(process.argv.slice(2), (line) => {
  console.log(line);
});
