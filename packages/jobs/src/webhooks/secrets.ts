import { DEFAULT_TENANT, deriveWebhookSecret } from '@packshot/contracts';

/**
 * The secrets that sign what goes to the `webhook_url` of a tenant's jobs, newest first. `configured` is WEBHOOK_SECRET, which
 * the default tenant has as it is; every other has secrets derived from it, so that none can forge what another is sent.
 */
export async function tenantSecrets(configured: readonly string[], tenant: string): Promise<string[]> {
  if (tenant === DEFAULT_TENANT) return [...configured];
  return Promise.all(configured.map((secret) => deriveWebhookSecret(secret, tenant)));
}
