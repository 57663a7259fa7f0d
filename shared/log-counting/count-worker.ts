import { parentPort } from "node:worker_threads";
import { type CountReply, type CountRequest } from "./count-messages.js";
import { PieceCounter } from "./piece-counter.js";

/** Runs on a thread of its own, started by `CountThread`. */

const logs = new Map<number, PieceCounter>();

function answer(request: CountRequest): CountReply {
  switch (request.kind) {
    case "count": {
      const counter = logs.get(request.log) ?? new PieceCounter(request.service);
      logs.set(request.log, counter);
      return counter.count(request.buffer, request.length, request.offset);
    }
    case "finish": {
      const counter = logs.get(request.log) ?? new PieceCounter(undefined);
      logs.delete(request.log);
      return { kind: "finished", counted: counter.counted(), rollUp: counter.rollUp?.pack() };
    }
    case "forget":
      logs.delete(request.log);
      return { kind: "forgotten" };
  }
}

parentPort?.on("message", (request: CountRequest) => {
  const reply = answer(request);
  parentPort?.postMessage(reply, reply.kind === "piece" ? [reply.buffer] : []);
});
