/** Undoes a registration. */
export class Disposable {
  #callback: (() => void) | undefined;

  constructor(callback: () => void) {
    this.#callback = callback;
  }

  static from(...disposables: { dispose(): void }[]): Disposable {
    return new Disposable(() => {
      for (const each of disposables) each.dispose();
    });
  }

  dispose(): void {
    this.#callback?.();
    this.#callback = undefined;
  }
}

/** An error that the library tells apart from errors of the app (§1.2). */
export function systemError(message: string, type: new (text: string) => Error = Error): Error {
  return Object.assign(new type(message), { isAzureFunctionsSystemError: true });
}
