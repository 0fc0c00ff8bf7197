import { z } from 'zod';
import { basePath } from '../http/base-url';
import type { Route } from '../http/route';

/** What stands at the address itself: where to go on, for programs as the RMBG service says it; people are led to the studio. */
export const welcome: Route = {
  method: 'GET',
  path: '/',
  operationId: 'welcome',
  tag: 'service',
  summary: 'Where to go on from here; a browser is led to the studio',
  scope: null,
  answers: {
    200: {
      description: 'Addresses below this one',
      schema: z
        .object({ message: z.string(), docs_url: z.string(), redoc_url: z.string(), health_check: z.string() })
        .meta({ id: 'Welcome' }),
    },
    302: { description: 'To the studio, for who accepts HTML' },
  },
  errors: [],
  handler:
    ({ config }) =>
    (request, response) => {
      const root = basePath(config);
      response.vary('Accept');
      if (request.accepts(['json', 'html']) === 'html')
        return void response.status(302).set('Location', `${root}/studio`).end();
      response.json({
        message: 'Packshot is running.',
        docs_url: `${root}/docs`,
        redoc_url: `${root}/redoc`,
        health_check: `${root}/health`,
      });
    },
};
