import { type IdKind, idPattern } from '@packshot/contracts';
import type { Route } from '../http/route';
import type { JsonSchema, Schemas } from './json-schema';

/** The ids in a path by the name they have there. */
const IDS: Readonly<Record<string, IdKind>> = {
  job: 'job',
  item: 'item',
  upload: 'upl',
  endpoint: 'ep',
  delivery: 'dlv',
  key: 'key',
};

/** A parameter of an Express path: `:name` is one segment, `*name` the rest. */
const PARAMETER = /[:*](\w+)/g;

/** The path as OpenAPI writes it. */
export function pathTemplate(path: string): string {
  return path.replace(PARAMETER, '{$1}');
}

export function parametersOf(route: Route, schemas: Schemas): JsonSchema[] {
  return [...pathParameters(route, schemas), ...queryParameters(route, schemas), ...headerParameters(route, schemas)];
}

function pathParameters({ path, params }: Route, schemas: Schemas): JsonSchema[] {
  return [...path.matchAll(PARAMETER)].map(([, name = '']) => {
    const own = params?.[name];
    return { name, in: 'path', required: true, schema: own ? schemas.input(own) : pathSchema(name) };
  });
}

function pathSchema(name: string): JsonSchema {
  const kind = IDS[name];
  return kind ? { type: 'string', pattern: idPattern(kind).source } : { type: 'string', minLength: 1 };
}

function queryParameters({ query }: Route, schemas: Schemas): JsonSchema[] {
  if (!query) return [];
  const { properties = {}, required = [] } = schemas.input(query) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    ...(description !== undefined && { description }),
    ...(required.includes(name) && { required: true }),
    schema,
  }));
}

function headerParameters(route: Route, schemas: Schemas): JsonSchema[] {
  const own = Object.entries(route.requestHeaders ?? {}).map(([name, header]) => ({
    name,
    in: 'header',
    description: typeof header === 'string' ? header : header.description,
    schema: typeof header === 'string' ? { type: 'string' } : schemas.input(header.schema),
  }));
  return [
    ...own,
    ...(isConditional(route) && route.requestHeaders?.['If-None-Match'] === undefined
      ? [{ $ref: '#/components/parameters/If-None-Match' }]
      : []),
    { $ref: '#/components/parameters/X-Request-Id' },
  ];
}

/** Answers that are written while they come into being, so that nothing can be said of them before. */
const STREAMED = ['text/event-stream', 'application/zip'];

/** Whole answers to a GET carry an ETag, which the server compares with `If-None-Match` by itself. */
export function isConditional({ method, answers }: Route): boolean {
  const whole = answers[200];
  return method === 'GET' && whole !== undefined && !STREAMED.includes(whole.mediaType ?? '');
}
