import { EMBEDDINGS_PREFIX, type ListedObject, type ObjectStore } from '@packshot/storage';

export interface EmbeddingLimits {
  maxBytes: number;
  maxAgeMs: number;
}

/** Removes embeddings that are too old, then the oldest until the rest fits. Gives how many went. */
export async function sweepEmbeddings(storage: ObjectStore, limits: EmbeddingLimits, now: number): Promise<number> {
  const found: ListedObject[] = [];
  for await (const object of storage.list(EMBEDDINGS_PREFIX)) found.push(object);
  found.sort((a, b) => b.modifiedAt.getTime() - a.modifiedAt.getTime());
  let bytes = 0;
  const surplus = found.filter((object) => {
    bytes += object.bytes;
    return bytes > limits.maxBytes || now - object.modifiedAt.getTime() > limits.maxAgeMs;
  });
  if (surplus.length > 0) await storage.delete(surplus.map(({ key }) => key));
  return surplus.length;
}
