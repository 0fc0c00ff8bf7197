import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const TIMEOUT_MS = 5000;

/** What nvidia-smi says of each GPU, a row of cells each in the order of the fields. Rejects where there is no such program. */
export async function queryGpus(fields: readonly string[], signal?: AbortSignal): Promise<string[][]> {
  const query = [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits'];
  const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: TIMEOUT_MS, ...(signal && { signal }) });
  return parseRows(stdout);
}

export function parseRows(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => line.split(',').map((cell) => cell.trim()));
}
