import { createdEndpointSchema, newEndpointSchema } from '@packshot/contracts';
import { circuitView, createEndpoint as create, toEndpointView } from '@packshot/jobs';
import { baseUrl } from '../http/base-url';
import { JSON_BODY_ERRORS, jsonBody } from '../http/json-body';
import { principalOf } from '../http/principal';
import type { Route } from '../http/route';
import { checkWebhookUrl } from '../intake/draft';

export const createEndpoint: Route = {
  method: 'POST',
  path: '/webhooks/endpoints',
  operationId: 'createEndpoint',
  tag: 'webhooks',
  summary: 'Have a URL told what happens to your jobs',
  scope: 'submit',
  body: {
    'application/json': {
      schema: newEndpointSchema,
      example: { url: 'https://shop.example/hooks/packshot', events: ['job.succeeded', 'job.failed'] },
    },
  },
  answers: {
    201: {
      description: 'The endpoint, with the secret that its calls are signed with',
      schema: createdEndpointSchema,
      headers: { Location: 'address of the endpoint' },
      links: {
        getEndpoint: { endpoint: '$response.body#/id' },
        updateEndpoint: { endpoint: '$response.body#/id' },
        testEndpoint: { endpoint: '$response.body#/id' },
        rotateEndpointSecret: { endpoint: '$response.body#/id' },
        deleteEndpoint: { endpoint: '$response.body#/id' },
      },
    },
  },
  errors: [...JSON_BODY_ERRORS, 'invalid_url', 'url_not_allowed', 'limit_reached'],
  handler:
    ({ jobs: { store }, config }) =>
    async (request, response) => {
      const fields = await jsonBody(request, newEndpointSchema);
      checkWebhookUrl(fields.url, config, 'url');
      const endpoint = await create(store, principalOf(response).tenant, fields);
      const circuit = await circuitView(store, endpoint.tenant, endpoint.url);
      const view = toEndpointView(endpoint, circuit, baseUrl(request, config));
      response.set({ Location: view.links.self, 'Cache-Control': 'no-store' });
      response.status(201).json({ ...view, secret: endpoint.secrets[0]?.secret });
    },
};
