import { parentPort } from "node:worker_threads";
import { type CountReply, type CountRequest } from "./count-messages.js";
import { PieceCounter } from "./piece-counter.js";

/** Runs on a thread of its own, started by `CountThread`. */

const logs = new Map<number, PieceCounter>();

function answer(request: CountRequest): CountReply {
  const counter = logs.get(request.log) ?? new PieceCounter();
  switch (request.kind) {
    case "count":
      logs.set(request.log, counter);
      return counter.count(request.buffer, request.length, request.offset);
    case "finish":
      logs.delete(request.log);
      return { kind: "finished", counted: counter.counted() };
    case "forget":
      logs.delete(request.log);
      return { kind: "forgotten" };
  }
}

parentPort?.on("message", (request: CountRequest) => {
  const reply = answer(request);
  parentPort?.postMessage(reply, reply.kind === "piece" ? [reply.buffer] : []);
});
