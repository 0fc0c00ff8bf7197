import { type AppError, ERRORS, type ErrorCode, type FieldError } from '@packshot/contracts';
import { z } from 'zod';
import type { ErrorForm } from '../http/route';

/** Booleans of a form as pydantic reads them. */
export const formBoolean = () =>
  z.stringbool({ truthy: ['true', '1', 'yes', 'on', 't', 'y'], falsy: ['false', '0', 'no', 'off', 'f', 'n'] });

/** A number of a form between two bounds. */
export const formNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,6}(\.\d{1,6})?$/, 'a number')
    .transform(Number)
    .pipe(z.number().min(least).max(most));

/** One fault of a request as FastAPI lists it. */
export const faultSchema = z.object({ loc: z.array(z.string()), msg: z.string(), type: z.string() });

/** Where the fault is, and what: `/output_format` is `["body", "output_format"]`. */
export function faultsOf(errors: readonly FieldError[]): z.infer<typeof faultSchema>[] {
  return errors.map(({ pointer, detail }) => ({
    loc: ['body', ...pointer.split('/').slice(1)],
    msg: detail,
    type: 'value_error',
  }));
}

/** As FastAPI answers where nobody says otherwise: `detail` is a sentence, or with 422 the list of faults. */
export const fastApiErrors: ErrorForm = {
  schema: z.object({ detail: z.union([z.string(), z.array(faultSchema)]) }).meta({ id: 'FastApiError' }),
  statusOf: (code: ErrorCode) => (code === 'invalid_request' ? 422 : ERRORS[code].status),
  bodyOf: ({ message, errors }: AppError) => ({ detail: errors ? faultsOf(errors) : message }),
};
