/**
 * Does something to each of many, so many at a time, and gives what came of them in their order. The first error ends it: nothing more
 * is begun, and what was begun has ended when it is thrown.
 */
export async function inParallel<T, R>(
  values: readonly T[],
  atOnce: number,
  work: (value: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(values.length);
  const entries = values.entries();
  let fault: { error: unknown } | null = null;
  const take = async () => {
    // One iterator for all who take from it.
    for (const [index, value] of entries) {
      if (fault) return;
      try {
        results[index] = await work(value, index);
      } catch (error) {
        fault ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(atOnce, values.length)) }, take));
  if (fault) throw (fault as { error: unknown }).error;
  return results;
}
