import { S3ServiceException } from '@aws-sdk/client-s3';
import { AppError } from '@packshot/contracts';

export async function translated<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw toAppError(error);
  }
}

export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof S3ServiceException && names.includes(error.name);
}

export function toAppError(error: unknown): AppError {
  return AppError.from(error, 'storage_error');
}
