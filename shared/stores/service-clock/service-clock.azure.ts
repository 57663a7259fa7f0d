import type { BlobServiceClient } from "@azure/storage-blob";

/**
 * The time on the clock of a storage account, from the `Date` of an answer: whole seconds. It is what Last-Modified and
 * Azure's own retention go by, and does not jump when the clock of this machine does.
 */
export async function serviceTimeOf(blobs: BlobServiceClient): Promise<Date> {
  try {
    const { _response } = await blobs.getProperties();
    const date = new Date(_response.headers.get("date") ?? "");
    if (Number.isNaN(date.getTime())) throw new Error("the answer has no Date");
    return date;
  } catch (error) {
    throw new Error("reading the clock of a storage account", { cause: error });
  }
}
