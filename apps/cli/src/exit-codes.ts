import { AppError } from '@packshot/contracts';
import { PackshotError, type PackshotErrorCode } from '@packshot/sdk';

/** What the command's end tells a script. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  licence: 3,
  mismatch: 4,
  /** The command did its work, but not every image, job or check is good. */
  incomplete: 5,
  /** The server does not answer. */
  unreachable: 6,
  /** The key is missing, wrong, or not allowed to. */
  denied: 7,
  interrupted: 130,
} as const;

/** The work was done and its answer given, but not everything is good. */
export class IncompleteError extends Error {}

const BY_CODE: Partial<Record<PackshotErrorCode, number>> = {
  invalid_request: EXIT.usage,
  licence_not_accepted: EXIT.licence,
  model_mismatch: EXIT.mismatch,
  unreachable: EXIT.unreachable,
  unauthorized: EXIT.denied,
  forbidden: EXIT.denied,
};

export function exitCodeOf(error: unknown): number {
  if (error instanceof IncompleteError) return EXIT.incomplete;
  return (error instanceof AppError || error instanceof PackshotError ? BY_CODE[error.code] : undefined) ?? EXIT.failed;
}
