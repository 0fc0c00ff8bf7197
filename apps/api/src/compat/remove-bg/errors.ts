import { AppError, ERRORS, type ErrorCode } from '@packshot/contracts';
import { z } from 'zod';
import type { ErrorForm } from '../../http/route';

/** One fault as remove.bg tells it. */
export interface Fault {
  code: string;
  title: string;
  detail?: string;
}

/** What remove.bg refuses with 400 and has names of its own for. */
export class RemoveBgError extends AppError {
  constructor(readonly faults: readonly Fault[]) {
    super('invalid_request', faults.map(({ title }) => title).join('; '));
  }
}

/** Our errors by the codes that remove.bg has for them. */
const TITLES: Readonly<Partial<Record<ErrorCode, { code: string; title: string }>>> = {
  unauthorized: { code: 'auth_failed', title: 'API Key invalid' },
  forbidden: { code: 'auth_failed', title: 'Not allowed with this API Key' },
  insufficient_credits: { code: 'insufficient_credits', title: 'Insufficient credits' },
  rate_limited: { code: 'rate_limit_exceeded', title: 'Rate limit exceeded' },
  file_too_large: { code: 'file_too_large', title: 'File too large' },
  body_too_large: { code: 'file_too_large', title: 'File too large' },
  image_too_large: { code: 'resolution_too_high', title: 'Image resolution too high' },
  unsupported_format: { code: 'invalid_file_type', title: 'Invalid file type' },
  empty_file: { code: 'failed_to_read_image', title: 'The image could not be read' },
  corrupt_image: { code: 'failed_to_read_image', title: 'The image could not be read' },
  invalid_base64: { code: 'failed_to_read_image', title: 'The image could not be read' },
  invalid_url: { code: 'invalid_image_url', title: 'Invalid image_url' },
  url_not_allowed: { code: 'invalid_image_url', title: 'Invalid image_url' },
  download_failed: { code: 'failed_image_download', title: 'Failed to download image from given image_url' },
  no_cut_out: { code: 'unknown_foreground', title: 'Could not identify foreground in image' },
};

/** How the worker begins what it says of `bg_image_url` and `bg_image_file`. */
const OF_BACKGROUND = 'The background: ';
const BACKGROUND_TITLES: typeof TITLES = {
  download_failed: { code: 'failed_bg_download', title: 'Failed to download background image from given bg_image_url' },
  url_not_allowed: { code: 'invalid_bg_image_url', title: 'Invalid bg_image_url' },
};

const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = { unauthorized: 403, forbidden: 403, rate_limited: 429 };

export const removeBgErrors: ErrorForm = {
  schema: z
    .object({
      errors: z.array(z.object({ title: z.string(), code: z.string(), detail: z.string().optional() })).min(1),
    })
    .meta({ id: 'RemoveBgErrors' }),
  // What has a name of remove.bg's is a 400 there, but for access and money.
  statusOf: (code) => STATUS[code] ?? (ERRORS[code].status !== 402 && code in TITLES ? 400 : ERRORS[code].status),
  bodyOf: (error) => {
    if (error instanceof RemoveBgError) return { errors: error.faults };
    const own = error.message.startsWith(OF_BACKGROUND) ? BACKGROUND_TITLES[error.code] : undefined;
    const { code, title } = own ?? TITLES[error.code] ?? { code: error.code, title: ERRORS[error.code].text };
    const details = error.errors?.map(({ pointer, detail }) => `${pointer}: ${detail}`).join('; ');
    return { errors: [{ title, code, detail: details ?? error.message }] };
  },
};
