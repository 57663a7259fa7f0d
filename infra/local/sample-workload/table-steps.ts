import type { Clients } from "./clients.js";
import type { Draw, ServiceSteps, Step } from "./workload.js";

/** What programs do to the Table service. */
export function tableSteps(clients: Clients, name: string): ServiceSteps {
  const step = (rest: Omit<Step, "service" | "weight"> & { readonly weight?: number }): Step => ({
    weight: 2,
    ...rest,
    service: "table",
  });
  const table = clients.table(name);
  const known = { partitionKey: "known", rowKey: "it's" };
  const order = ({ number, random }: Draw, half = "") => ({
    partitionKey: "orders",
    rowKey: `${number}${half}`,
    amount: Math.floor(random() * 1000),
  });

  return {
    prepare: [
      step({ operations: ["CreateTable"], run: () => table.createTable() }),
      step({ operations: ["InsertOrReplaceEntity"], run: () => table.upsertEntity(known, "Replace") }),
    ],
    mix: [
      step({ weight: 10, operations: ["InsertEntity"], run: (draw) => table.createEntity(order(draw)) }),
      step({
        weight: 5,
        operations: ["QueryEntity"],
        run: () => table.getEntity(known.partitionKey, known.rowKey),
      }),
      step({
        weight: 3,
        operations: ["QueryEntities"],
        run: () =>
          table
            .listEntities({ queryOptions: { filter: "PartitionKey eq 'orders'" } })
            .byPage({ maxPageSize: 10 })
            .next(),
      }),
      step({ operations: ["InsertOrMergeEntity"], run: (draw) => table.upsertEntity(order(draw), "Merge") }),
      step({
        operations: ["UpdateEntity"],
        run: (draw) => table.updateEntity({ ...known, draw: draw.number }, "Replace", { etag: "*" }),
      }),
      step({
        operations: ["MergeEntity"],
        run: (draw) => table.updateEntity({ ...known, draw: draw.number }, "Merge", { etag: "*" }),
      }),
      step({
        weight: 3,
        operations: ["EntityGroupTransaction"],
        run: (draw) =>
          table.submitTransaction([
            ["create", order(draw, "a")],
            ["upsert", order(draw, "b"), "Merge"],
          ]),
      }),
      step({
        operations: ["InsertEntity", "DeleteEntity"],
        run: async (draw) => {
          const { partitionKey, rowKey } = order(draw);
          await table.createEntity({ partitionKey, rowKey });
          await table.deleteEntity(partitionKey, rowKey);
        },
      }),
      step({ operations: ["QueryEntity"], fails: 404, run: () => table.getEntity("known", "unknown") }),
      step({ operations: ["InsertEntity"], fails: 409, run: () => table.createEntity(known) }),
    ],
    cleanUp: [step({ operations: ["DeleteTable"], run: () => table.deleteTable() })],
  };
}
