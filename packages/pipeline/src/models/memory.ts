import { totalmem } from 'node:os';
import { AppError } from '@packshot/contracts';
import { SMALLEST_TILE } from '../tile/windows';
import type { ModelRecord } from './record';

/**
 * What a run is taken to allocate per megapixel where a record does not say: an estimate, in the upper middle of the records
 * that do, most of which say 700 to 2000.
 */
const ASSUMED_MB_PER_MEGAPIXEL = 1500;

/** Bytes that a model takes. */
export interface ModelMemory {
  /** As long as it is loaded. */
  weights: number;
  /** While it runs, on tiles of the record's size. */
  run: number;
}

/** Bytes that this process may use at most. */
export function machineMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** By its record. `weights`: the size of its files as found, where the record does not know it. */
export function modelMemory(record: ModelRecord, weights: number = recordedBytes(record)): ModelMemory {
  return { weights, run: bytesPerPixel(record) * pixelsAtOnce(record) };
}

/** Weights and one run of a model, in bytes, by its record alone. */
export function memoryByRecord(record: ModelRecord): number {
  return together([modelMemory(record)]);
}

/** Of several models that are loaded together; they run one at a time. */
export function together(models: Iterable<ModelMemory>): number {
  let [weights, run] = [0, 0];
  for (const model of models) {
    weights += model.weights;
    run = Math.max(run, model.run);
  }
  return weights + run;
}

/** As `modelMemory`, on the smallest tiles: they get smaller when memory runs out. */
export function leastMemory(record: ModelRecord, weights: number = recordedBytes(record)): ModelMemory {
  const tiles = record.size?.policy === 'tile' && !record.size.fixed;
  const pixels = tiles ? Math.min(pixelsAtOnce(record), SMALLEST_TILE ** 2) : pixelsAtOnce(record);
  return { weights, run: bytesPerPixel(record) * pixels };
}

/**
 * Before gigabytes are allocated: a model that cannot run on this machine, even on the smallest tiles, is refused.
 * @throws model_too_large with both figures
 */
export function refuseWhatCannotFit(record: ModelRecord, available: number): void {
  const needed = together([leastMemory(record)]);
  if (needed > available) throw tooLarge(`The model ${record.id} needs`, needed, available);
}

export function tooLarge(subject: string, needed: number, available: number): AppError {
  const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
  return new AppError(
    'model_too_large',
    `${subject} about ${gigabytes(needed)} GB for a run; this machine allows ${gigabytes(available)} GB.`,
  );
}

function recordedBytes({ files }: ModelRecord): number {
  return files.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
}

/** Megabytes per megapixel are bytes per pixel. */
function bytesPerPixel({ memory_mb_per_megapixel: known }: ModelRecord): number {
  return known ?? ASSUMED_MB_PER_MEGAPIXEL;
}

/** Of a picture that enters as it is, nobody knows the size beforehand. */
function pixelsAtOnce({ size }: ModelRecord): number {
  switch (size?.policy) {
    case 'stretch':
    case 'letterbox':
      return size.width * size.height;
    case 'multiple':
      return (size.tiles?.side ?? size.most) ** 2;
    case 'tile':
      return size.tile ** 2;
    default:
      return 0;
  }
}
