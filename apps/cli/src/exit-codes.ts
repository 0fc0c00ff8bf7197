import { AppError, type ErrorCode } from '@packshot/contracts';

/** What the command's end tells a script. */
export const EXIT = { ok: 0, failed: 1, usage: 2, licence: 3, mismatch: 4, interrupted: 130 } as const;

const BY_CODE: Partial<Record<ErrorCode, number>> = {
  invalid_request: EXIT.usage,
  licence_not_accepted: EXIT.licence,
  model_mismatch: EXIT.mismatch,
};

export function exitCodeOf(error: unknown): number {
  return (error instanceof AppError ? BY_CODE[error.code] : undefined) ?? EXIT.failed;
}
