import { AppError, webhookSecretSchema } from '@packshot/contracts';
import { tenantSecrets } from '@packshot/jobs';
import { principalOf } from '../http/principal';
import type { Route } from '../http/route';

export const getWebhookSecret: Route = {
  method: 'GET',
  path: '/webhooks/secret',
  operationId: 'getWebhookSecret',
  tag: 'webhooks',
  summary: 'What the calls to the `webhook_url` of your jobs are signed with',
  scope: 'submit',
  answers: { 200: { description: 'The secret', schema: webhookSecretSchema } },
  errors: ['conflict'],
  handler:
    ({ config }) =>
    async (_request, response) => {
      const [secret, ...previous] = await tenantSecrets(config.WEBHOOK_SECRET ?? [], principalOf(response).tenant);
      if (secret === undefined) {
        throw new AppError('conflict', 'This installation has no WEBHOOK_SECRET: webhook_url is not called.');
      }
      const view = { secret, previous: previous.map((old) => ({ secret: old, valid_until: null })) };
      response.set('Cache-Control', 'no-store').json(view);
    },
};
