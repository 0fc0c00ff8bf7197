import { apiKeyPageSchema, listApiKeysSchema } from '@packshot/contracts';
import { baseUrl } from '../http/base-url';
import { parse } from '../http/field-errors';
import type { Route } from '../http/route';

export const listKeys: Route = {
  method: 'GET',
  path: '/keys',
  operationId: 'listKeys',
  tag: 'keys',
  summary: 'API keys of all tenants, oldest first, without their tokens',
  scope: 'admin',
  query: listApiKeysSchema,
  answers: { 200: { description: 'A page of keys', schema: apiKeyPageSchema } },
  errors: ['invalid_request'],
  handler:
    ({ apiKeys, config }) =>
    async (request, response) => {
      const { limit, cursor } = parse(listApiKeysSchema, request.query);
      const { keys, more } = await apiKeys.list(cursor, limit);
      const next = more ? `${baseUrl(request, config)}/keys?limit=${limit}&cursor=${cursor + limit}` : null;
      response.set('Cache-Control', 'no-store').json({ keys, next });
    },
};
