/** `npm run demo`: what there is to see. Each demo is a program of its own, which reads its arguments. */
if (process.argv[2] === "alerts") {
  process.argv.splice(2, 1);
  await import("./alerts-demo.js");
} else {
  await import("./workload-demo.js");
}
