import { readFile, rename, writeFile } from 'node:fs/promises';
import { AppError } from '@packshot/contracts';
import type { Network } from '../models/network';
import type { Embedding } from './embedding';

const FORMAT = 'packshot embedding 1';
/** The shapes as JSON, filled with spaces so that the numbers begin at a multiple of their size. */
const HEADER_BYTES = 512;

/** Shapes, then the numbers of all tensors in the byte order of the machine. Appears whole or not at all. */
export async function writeEmbedding(path: string, embedding: Embedding): Promise<void> {
  const header = JSON.stringify({ format: FORMAT, shapes: embedding.map(({ dims }) => dims) });
  const parts = embedding.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  try {
    await writeFile(`${path}.part`, [Buffer.from(header.padEnd(HEADER_BYTES)), ...parts], { mode: 0o600 });
    await rename(`${path}.part`, path);
  } catch (cause) {
    throw new AppError('storage_error', 'The embedding of the photo could not be written.', { cause });
  }
}

/** Null where there is no such file, or one that this model's encoder cannot have made: it is then made anew. */
export async function readEmbedding(path: string, { graphs }: Pick<Network, 'graphs'>): Promise<Embedding | null> {
  const bytes = await readFile(path).catch(() => null);
  const shapes = bytes === null ? null : readShapes(bytes);
  const expected = graphs.encoder?.contract.outputs ?? [];
  if (bytes === null || shapes === null || shapes.length !== expected.length) return null;
  const tensors: Embedding[number][] = [];
  let at = HEADER_BYTES;
  for (const [i, dims] of shapes.entries()) {
    const fits = expected[i]?.dims.every((dim, axis) => typeof dim === 'string' || dim === dims[axis]);
    const end = at + 4 * dims.reduce((product, dim) => product * dim, 1);
    if (!fits || end > bytes.length) return null;
    tensors.push({ data: new Float32Array(new Uint8Array(bytes.subarray(at, end)).buffer), dims });
    at = end;
  }
  return at === bytes.length ? tensors : null;
}

function readShapes(bytes: Buffer): number[][] | null {
  try {
    const { format, shapes } = JSON.parse(bytes.toString('utf8', 0, HEADER_BYTES)) as Record<string, unknown>;
    if (format !== FORMAT || !Array.isArray(shapes)) return null;
    return shapes.every((dims) => Array.isArray(dims) && dims.every(Number.isInteger)) ? shapes : null;
  } catch {
    return null;
  }
}
