import { AppError } from '@packshot/contracts';
import { PackshotError, type PackshotErrorCode } from '@packshot/sdk';

/** What the command's end tells a script. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  licence: 3,
  mismatch: 4,
  incomplete: 5,
  unreachable: 6,
  denied: 7,
  interrupted: 130,
} as const;

export const EXIT_TEXTS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'done',
  failed: 'it could not be done; standard error says why, with --json by a code of errors.md',
  usage: 'the command, its options or the settings make no sense',
  licence: 'a licence has to be accepted first',
  mismatch: 'a model is not as it should be',
  incomplete: 'done, but not every image, job or check is good; the answer says which',
  unreachable: 'the server does not answer',
  denied: 'the key is missing, wrong, or not allowed to',
  interrupted: 'ended by Ctrl-C; the same command goes on where it was',
};

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
