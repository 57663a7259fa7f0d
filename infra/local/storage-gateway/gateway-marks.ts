import { type BlobServiceClient, type ContainerClient } from "@azure/storage-blob";
import { parseJson } from "../../../shared/storage-analytics/json-text.js";
import {
  formatGatewayMark,
  type GatewayMark,
  gatewayMarkBlob,
  gatewayMarkContainer,
  parseGatewayMark,
} from "../../../shared/storage-analytics/gateway-mark.js";
import { readContent } from "../../../shared/stores/blob-content.js";
import { codeOf, withTimeout } from "./storage-clients.js";

/** Totals that outlive the process. */
type Totals = Pick<GatewayMark, "lost" | "ownRequests" | "ownBytes">;

const nothing: Totals = { lost: 0, ownRequests: 0, ownBytes: 0 };

/** The marks of all accounts and services in Vigil's own account (design.md §3). */
export class GatewayMarks {
  readonly #container: ContainerClient;
  readonly #stopped: AbortSignal;
  /** What the marks of an earlier process say; read once, before the first rewriting. */
  readonly #before = new Map<string, Totals>();
  /** The last write of each mark: a later one waits for it, so that no older mark comes to lie over a newer one. */
  readonly #writes = new Map<string, Promise<void>>();

  constructor(state: BlobServiceClient, stopped: AbortSignal) {
    this.#container = state.getContainerClient(gatewayMarkContainer);
    this.#stopped = stopped;
  }

  /**
   * Rewrites a mark; throws when storage does not take it.
   * @param read gives the mark as it is when it is its turn, with totals since this process started: those of earlier
   * ones are added
   */
  write(account: string, service: string, read: () => GatewayMark): Promise<void> {
    const name = gatewayMarkBlob(account, service);
    const write = (): Promise<void> => this.#write(name, read());
    const written = (this.#writes.get(name) ?? Promise.resolve()).then(write, write);
    this.#writes.set(name, written);
    return written;
  }

  async #write(name: string, mark: GatewayMark): Promise<void> {
    try {
      const before = this.#before.get(name) ?? (await this.#read(name));
      this.#before.set(name, before);
      const content = formatGatewayMark({
        ...mark,
        lost: before.lost + mark.lost,
        ownRequests: before.ownRequests + mark.ownRequests,
        ownBytes: before.ownBytes + mark.ownBytes,
      });
      const upload = async (): Promise<unknown> =>
        await this.#container.getBlockBlobClient(name).upload(content, Buffer.byteLength(content), {
          abortSignal: withTimeout(this.#stopped),
          blobHTTPHeaders: { blobContentType: "application/json" },
        });
      await upload().catch(async (error: unknown) => {
        if (codeOf(error) !== "ContainerNotFound") throw error;
        await this.#container.createIfNotExists({ abortSignal: withTimeout(this.#stopped) });
        await upload();
      });
    } catch (error) {
      throw new Error(`writing the gateway mark ${name}`, { cause: error });
    }
  }

  /** @returns zeros if there is no mark, or a damaged one: the totals start again */
  async #read(name: string): Promise<Totals> {
    try {
      const { bytes } = await readContent(
        this.#container.getBlobClient(name),
        {},
        { abortSignal: withTimeout(this.#stopped), maxRetryRequests: 0 },
      );
      return parseGatewayMark(parseJson(bytes.toString())) ?? nothing;
    } catch (error) {
      if (["BlobNotFound", "ContainerNotFound"].includes(codeOf(error))) return nothing;
      throw error;
    }
  }
}
