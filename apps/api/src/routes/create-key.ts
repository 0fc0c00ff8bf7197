import { apiKeyWithTokenSchema, createApiKeySchema } from '@packshot/contracts';
import { baseUrl } from '../http/base-url';
import { JSON_BODY_ERRORS, jsonBody } from '../http/json-body';
import type { Route } from '../http/route';

export const createKey: Route = {
  method: 'POST',
  path: '/keys',
  operationId: 'createKey',
  tag: 'keys',
  summary: 'Make an API key; its token is shown this once',
  scope: 'admin',
  body: {
    'application/json': { schema: createApiKeySchema, example: { name: 'shop back end', tenant: 'shop', weight: 2 } },
  },
  answers: {
    201: {
      description: 'The key, with its token',
      schema: apiKeyWithTokenSchema,
      headers: { Location: 'address of the key' },
      links: {
        getKey: { key: '$response.body#/id' },
        updateKey: { key: '$response.body#/id' },
        rotateKey: { key: '$response.body#/id' },
        revokeKey: { key: '$response.body#/id' },
      },
    },
  },
  errors: [...JSON_BODY_ERRORS],
  handler:
    ({ apiKeys, config }) =>
    async (request, response) => {
      const key = await apiKeys.create(await jsonBody(request, createApiKeySchema));
      response.set({ Location: `${baseUrl(request, config)}/keys/${key.id}`, 'Cache-Control': 'no-store' });
      response.status(201).json(key);
    },
};
