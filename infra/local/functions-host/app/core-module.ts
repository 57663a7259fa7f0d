import Module from "node:module";

import { type Level, levels } from "../log.js";
import { type FunctionCallback, type FunctionMetadata, type ProgrammingModel } from "./core-types.js";
import { Disposable, systemError } from "./disposable.js";
import { Hooks } from "./hooks.js";

/** Versions the library and apps may ask for: the worker and host whose behaviour is reproduced. */
const workerVersion = "3.10.1";
const hostVersion = "4.1037.0";

const coreModuleName = "@azure/functions-core";

export type Registration = {
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
  /** File that was being loaded when the function was registered. */
  readonly file: string | undefined;
};

/** What the app told the host while it was loaded. One per process: the library caches the first one it sees (§1.1). */
export class CoreModule {
  readonly hooks = new Hooks();
  readonly registrations: Registration[] = [];
  /** File being loaded, remembered with each registration (§1.3). */
  currentFile: string | undefined;
  model: ProgrammingModel | undefined;
  readonly #log: (level: Level, category: string, message: string) => void;
  #locked = false;

  constructor(log: (level: Level, category: string, message: string) => void) {
    this.#log = log;
  }

  /** From now on `registerFunction` throws, as it does once the real host has asked for the functions. */
  lock(): void {
    this.#locked = true;
  }

  /** Makes `require("@azure/functions-core")` answer this object; call it before the app is loaded. */
  install(): void {
    const api = this.api();
    // typed loosely because @types/node does not declare `require` on the prototype as writable
    const prototype = Module.prototype as unknown as { require: (this: unknown, id: string) => unknown };
    const original = prototype.require;
    prototype.require = function (id) {
      return id === coreModuleName ? api : original.call(this, id);
    };
  }

  /** The object that the module is. */
  api(): object {
    const register = this.#register.bind(this);
    return {
      version: workerVersion,
      hostVersion,
      registerFunction: register,
      registerHook: (name: string, callback: (context: unknown) => unknown) => this.hooks.register(name, callback),
      setProgrammingModel: (model: ProgrammingModel) => {
        this.model = model;
      },
      getProgrammingModel: () => this.model,
      log: (level: string, category: string, message: string) => {
        this.#log(asLevel(level), category === "user" ? "Host.Function.User" : "Worker", message);
      },
      Disposable,
    };
  }

  #register(metadata: FunctionMetadata, callback: FunctionCallback): Disposable {
    if (this.#locked) {
      throw systemError(
        `A function can only be registered during app startup ('${metadata.name}' came later). Register it at the top level of an entry file.`,
      );
    }
    if (this.registrations.some((other) => other.metadata.name === metadata.name)) {
      throw systemError(`A function with name '${metadata.name}' has already been registered.`);
    }
    const registration = { metadata, callback, file: this.currentFile };
    this.registrations.push(registration);
    return new Disposable(() => {
      const index = this.registrations.indexOf(registration);
      if (index >= 0) this.registrations.splice(index, 1);
    });
  }
}

/** A level by its name; anything unknown is information. */
export function asLevel(level: string): Level {
  return levels.find((each) => each === level) ?? "information";
}
