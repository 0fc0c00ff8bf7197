import { totalmem } from 'node:os';
import { AppError } from '@packshot/contracts';
import { SMALLEST_TILE } from '../tile/windows';
import type { ModelRecord } from './record';

/** Bytes that this process may use at most. */
export function machineMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Bytes that a model needs for one run, by its record; null where that says nothing. */
export function memoryNeeded(record: ModelRecord): number | null {
  const { memory_mb_per_megapixel: perMegapixel, files } = record;
  if (perMegapixel === undefined) return null;
  const weights = files.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  return weights + perMegapixel * pixelsAtOnce(record);
}

/** Tiles get smaller when memory runs out, so the least is what counts. */
function pixelsAtOnce({ size }: ModelRecord): number {
  switch (size?.policy) {
    case 'stretch':
    case 'letterbox':
      return size.width * size.height;
    case 'multiple':
      return size.most ** 2;
    case 'tile':
      return size.fixed ? size.tile ** 2 : SMALLEST_TILE ** 2;
    default:
      return 0;
  }
}

/**
 * Before gigabytes are read: a model that cannot run on this machine is refused.
 * @throws out_of_memory with both figures
 */
export function refuseWhatCannotFit(record: ModelRecord, available: number): void {
  const needed = memoryNeeded(record);
  if (needed === null || needed <= available) return;
  const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
  throw new AppError(
    'out_of_memory',
    `The model ${record.id} needs about ${gigabytes(needed)} GB for a run; this machine allows ${gigabytes(available)} GB.`,
  );
}
