import type { ApiConfig } from '../config';
import type { Route, Tag } from '../http/route';
import { VERSION } from '../version';
import { type JsonSchema, Schemas } from './json-schema';
import { operationOf, responsesOf } from './operation';
import { pathTemplate } from './parameters';
import { securitySchemes } from './security';
import { webhookOperations } from './webhooks';

const TAGS: Readonly<Record<Tag, string>> = {
  jobs: 'Images in, and how they are doing: a job is a batch of items that go through one pipeline.',
  results: 'The finished images.',
  uploads: 'Images that are sent ahead of their job, straight to the store where it allows that.',
  webhooks: 'Who is called when something happens, and what became of the calls.',
  keys: 'Who may do what.',
  service: 'State, figures and description of the server.',
  'remove.bg': 'For clients of remove.bg: its endpoints, over the same jobs.',
  'four-stage': 'For clients of the four-stage service: noise, shadow, background and size in one request.',
  rmbg: 'For clients of the RMBG service: one image, or a batch to ask after.',
  deblur: 'For clients of the deblurring service.',
  'click cut-out': 'For clients of the click-to-cut-out service.',
  runpod: 'For clients of a RunPod endpoint: run, status and the rest, over the same jobs.',
};

const text = { type: 'string' };

const HEADERS: JsonSchema = {
  'X-Request-Id': {
    description: 'Names the request in logs; the one that was sent, if it was well formed',
    schema: text,
  },
  ETag: { description: 'Of this answer, to be sent as `If-None-Match` the next time', schema: text },
  'Retry-After': { description: 'Seconds after which to try again', schema: { type: 'integer', minimum: 0 } },
  'WWW-Authenticate': { description: 'What is missing (RFC 6750, RFC 7617)', schema: text },
  RateLimit: { description: 'What is left of the quota, where there is one (IETF draft)', schema: text },
  'RateLimit-Policy': { description: 'The quotas, where there are any (IETF draft)', schema: text },
};

const PARAMETERS: JsonSchema = {
  'X-Request-Id': {
    name: 'X-Request-Id',
    in: 'header',
    description:
      'Names the request in logs: up to 128 letters, digits and `._:-`. Made up when it is absent or anything else',
    schema: text,
  },
  'If-None-Match': {
    name: 'If-None-Match',
    in: 'header',
    description: 'The `ETag` of an earlier answer: 304 while nothing has changed',
    schema: text,
  },
};

/** An OpenAPI 3.1 document, as far as our own code reads it. */
export interface OpenApiDocument {
  openapi: string;
  paths: Record<string, Record<string, JsonSchema>>;
  components: { schemas: Record<string, JsonSchema> } & JsonSchema;
  [field: string]: unknown;
}

/**
 * The contract: everything the server answers, made from the list of endpoints. `servers` is left to whoever knows the address.
 * `closed`: see `Schemas`.
 */
export function buildDocument(
  routes: readonly Route[],
  config: ApiConfig,
  { closed }: { closed: boolean } = { closed: false },
): OpenApiDocument {
  const schemas = new Schemas({ closed });
  const webhooks = webhookOperations(schemas);
  const answered = routes.map((route) => [route, responsesOf(route, schemas)] as const);
  const paths: OpenApiDocument['paths'] = {};
  for (const [route, responses] of answered) {
    const path = pathTemplate(route.path);
    const operation = operationOf(route, responses, schemas, config);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Packshot',
      version: VERSION,
      summary: 'Turns raw product photos into shop-ready ones',
      description:
        'JSON is snake_case, times are RFC 3339 in UTC, links are absolute. Refusals are `application/problem+json` (RFC 9457) with a stable `code`.',
      license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
    },
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    webhooks,
    components: {
      securitySchemes: securitySchemes(config),
      headers: HEADERS,
      parameters: PARAMETERS,
      schemas: Object.fromEntries(Object.entries(schemas.components).sort(([a], [b]) => a.localeCompare(b))),
    },
  };
}
