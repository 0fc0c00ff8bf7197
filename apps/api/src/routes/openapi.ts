import { z } from 'zod';
import { baseUrl } from '../http/base-url';
import type { Route } from '../http/route';
import { buildDocument, type OpenApiDocument } from '../openapi/document';

/** The list of endpoints holds this one: it is asked for when it is complete. */
export const openapi = (routes: () => readonly Route[]): Route => ({
  method: 'GET',
  path: '/openapi.json',
  operationId: 'getContract',
  tag: 'service',
  summary: 'This interface as an OpenAPI 3.1 document',
  scope: null,
  answers: { 200: { description: 'The document', schema: z.looseObject({ openapi: z.string() }) } },
  errors: [],
  handler: ({ config }) => {
    let document: OpenApiDocument | undefined;
    return (request, response) => {
      document ??= buildDocument(routes(), config);
      const { openapi: version, ...rest } = document;
      const servers = [{ url: baseUrl(request, config) }];
      response.set('Cache-Control', 'no-cache').json({ openapi: version, servers, ...rest });
    };
  },
});
