/** Health and metrics are asked by machines that give up after a few seconds themselves. */
const TIMEOUT_MS = 3000;

/** `answer`, or an Error when it takes longer than three seconds. */
export async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
