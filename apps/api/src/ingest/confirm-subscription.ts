import { AppError } from '@packshot/contracts';
import { guardedFetch } from '@packshot/service';

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 100_000;
const SNS_HOST = /^sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/;

/**
 * Confirms a subscription of SNS by asking for the address in its message, which must be one of SNS: else anybody with a key
 * could have us ask for any address. Throws `url_not_allowed`, `download_failed`.
 */
export async function confirmSubscription(confirmUrl: string): Promise<void> {
  const { status, body } = await guardedFetch(subscriptionUrl(confirmUrl), {
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
    allowHosts: [],
  });
  body.destroy();
  if (status !== 200) throw new AppError('download_failed', `SNS answered ${status} to the confirmation.`);
}

/** The address, if it is one of SNS. Throws `url_not_allowed`. */
export function subscriptionUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isSns = url?.protocol === 'https:' && SNS_HOST.test(url.hostname) && url.port === '' && url.username === '';
  if (!isSns) throw new AppError('url_not_allowed', 'SubscribeURL is not an address of SNS.');
  return text;
}
