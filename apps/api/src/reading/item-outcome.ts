import { AppError, type ErrorCode } from '@packshot/contracts';
import type { ItemRecord, StoredFile } from '@packshot/jobs';

/** What can become of an image once it is accepted. */
export const ITEM_ERRORS: readonly ErrorCode[] = [
  'corrupt_image',
  'download_failed',
  'model_not_available',
  'model_not_installed',
  'licence_not_accepted',
  'model_mismatch',
  'model_too_large',
  'out_of_memory',
  'expired',
  'timed_out',
  'engine_crashed',
  'engine_restarted',
  'worker_lost',
  'canceled',
  'not_found',
  'internal_error',
];

/** An item that has ended, with its finished image; throws why there is none. */
export function finished(item: ItemRecord | undefined): ItemRecord & { result: StoredFile } {
  const result = item?.result;
  if (item && result) return { ...item, result };
  throw new AppError(
    item?.error?.code ?? (item?.status === 'canceled' ? 'canceled' : 'not_found'),
    item?.error?.message,
  );
}
