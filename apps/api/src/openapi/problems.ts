import { ERRORS, type ErrorCode, problemSchema } from '@packshot/contracts';
import { COMMON_ERRORS, type Route, statusOf } from '../http/route';
import type { JsonSchema, Schemas } from './json-schema';

/** What an endpoint refuses with: its own errors, those of every guarded one, and what the server does before either. */
export function refusalsOf(route: Route): ErrorCode[] {
  const codes = new Set<ErrorCode>(route.errors);
  if (route.scope !== null) for (const code of COMMON_ERRORS) codes.add(code);
  // A path whose percent signs cannot be decoded.
  if (route.path.includes(':') || route.path.includes('*')) codes.add('invalid_request');
  return [...codes];
}

/** The refusals of an endpoint by status, each with its codes. */
export function problemAnswers(route: Route, schemas: Schemas): Record<string, JsonSchema> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of refusalsOf(route)) {
    const status = statusOf(route, code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code].sort());
  }
  const { errorForm } = route;
  const form = schemas.output(errorForm?.schema ?? problemSchema);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => {
      const content = errorForm ? { 'application/json': { schema: form } } : problemContent(status, codes, form);
      return [status, { description: textOf(codes), headers: headersOf(status), content }];
    }),
  );
}

const textOf = (codes: readonly ErrorCode[]) => codes.map((code) => `\`${code}\`: ${ERRORS[code].text}`).join('\n\n');

function problemContent(status: number, codes: readonly ErrorCode[], problem: JsonSchema): JsonSchema {
  const [first] = codes;
  return {
    'application/problem+json': {
      schema: { ...problem, properties: { status: { const: status }, code: { enum: codes } } },
      ...(first && { example: exampleOf(first) }),
    },
  };
}

function exampleOf(code: ErrorCode) {
  const { status, text } = ERRORS[code];
  const request_id = 'req_01997f0e-7d2a-7c53-9a54-1f0c8b7d6e21';
  return { type: `/errors/${code}`, title: text, status, detail: text, code, request_id };
}

function headersOf(status: number): JsonSchema {
  const ref = (name: string) => ({ $ref: `#/components/headers/${name}` });
  return {
    'X-Request-Id': ref('X-Request-Id'),
    ...((status === 503 || status === 429) && { 'Retry-After': ref('Retry-After') }),
    ...((status === 401 || status === 403) && { 'WWW-Authenticate': ref('WWW-Authenticate') }),
    ...(status === 429 && { RateLimit: ref('RateLimit'), 'RateLimit-Policy': ref('RateLimit-Policy') }),
  };
}
