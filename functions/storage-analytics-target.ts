import type { Call } from "../shared/http/answer.js";
import { problem, type HttpProblem } from "../shared/http/error-catalogue.js";
import type { Runtime } from "../shared/runtime/runtime.js";
import type { MonitoredAccount } from "../shared/runtime/settings.js";
import { services, type Service } from "../shared/storage-analytics/log-entry.js";

type Found<T> = ({ readonly kind: "found" } & T) | HttpProblem;

/** The account that a path names. */
export function accountOf(runtime: Runtime, { path }: Call): Found<{ readonly account: MonitoredAccount }> {
  const account = runtime.account(path["account"] ?? "");
  return account === undefined
    ? problem("AccountNotFound", "There is no storage account of this name here.")
    : { kind: "found", account };
}

/** The account and service that a path names. */
export function serviceOf(
  runtime: Runtime,
  call: Call,
): Found<{ readonly account: MonitoredAccount; readonly service: Service }> {
  const account = accountOf(runtime, call);
  if (account.kind === "problem") return account;
  const service = services.find((each) => each === call.path["service"]);
  return service === undefined
    ? problem("RouteNotFound", `There is no such service: ${services.join(", ")}.`)
    : { ...account, service };
}
