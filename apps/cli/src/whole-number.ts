import { AppError } from '@packshot/contracts';

/** The value of an option that counts something. @throws invalid_request */
export function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new AppError('invalid_request', `${option} is a number from 1 on.`);
  return value;
}
