import { AppError } from '@packshot/contracts';
import { Packshot } from '@packshot/sdk';
import type { Context } from './context';

export interface ServerOptions {
  url?: string;
}

/** Who waits at a terminal wants to know soon; what runs for hours outlives a restart of the server, half a minute say. */
const RETRIES = { impatient: 2, patient: 8 } as const;

/** The server that `--url` names, else that of the settings. */
export function connect(
  { config }: Pick<Context, 'config'>,
  options: ServerOptions,
  mood: keyof typeof RETRIES = 'impatient',
): Packshot {
  const baseUrl = serverUrl({ config }, options);
  return new Packshot({ baseUrl, apiKey: config.PACKSHOT_API_KEY, maxRetries: RETRIES[mood] });
}

/** Its address, without a slash at the end. @throws invalid_request */
export function serverUrl({ config }: Pick<Context, 'config'>, { url = config.PACKSHOT_URL }: ServerOptions): string {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new AppError('invalid_request', `${url} is no address: give one as http://127.0.0.1:8080.`);
  }
  return url.replace(/\/+$/, '');
}
