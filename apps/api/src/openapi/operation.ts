import { STATUS_CODES } from 'node:http';
import type { ApiConfig } from '../config';
import { type Answer, type Route, statusOf } from '../http/route';
import type { JsonSchema, Schemas } from './json-schema';
import { isConditional, parametersOf } from './parameters';
import { problemAnswers, refusalsOf } from './problems';
import { requestBody } from './request-body';
import { securityOf } from './security';

/** Every status an endpoint can answer with, in order. Nobody is promised a 500. */
export function statusesOf(route: Route): number[] {
  const own = Object.keys(route.answers).map(Number);
  const refusals = refusalsOf(route).map((code) => statusOf(route, code));
  return [...new Set([...own, ...refusals, ...(isConditional(route) ? [304] : [])])].sort((a, b) => a - b);
}

/** The answers of an endpoint by status. */
export function responsesOf(route: Route, schemas: Schemas): JsonSchema {
  const problems = problemAnswers(route, schemas);
  return Object.fromEntries(
    statusesOf(route).map((status) => {
      const answer = route.answers[status] ?? (status === 304 ? UNCHANGED : undefined);
      const own = answer && answerOf(answer, status, route, schemas);
      return [status, merge(own, problems[status])];
    }),
  );
}

const UNCHANGED: Answer = { description: 'It is still as `If-None-Match` has it' };

/** A status may stand for an answer and for refusals alike: 503 of the health report, 409 of an action. */
function merge(own: JsonSchema | undefined, problem: JsonSchema | undefined): JsonSchema | undefined {
  if (!own || !problem) return own ?? problem;
  return {
    description: `${own.description}\n\n${problem.description}`,
    headers: { ...(problem.headers as object), ...(own.headers as object) },
    content: { ...(own.content as object), ...(problem.content as object) },
  };
}

function answerOf(answer: Answer, status: number, route: Route, schemas: Schemas): JsonSchema {
  const { description, example, headers, links } = answer;
  const type = answer.mediaType ?? (answer.schema ? 'application/json' : undefined);
  const tagged = isConditional(route) && (status === 200 || status === 304);
  return {
    description: description || STATUS_CODES[status],
    headers: {
      'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' },
      ...(tagged && { ETag: { $ref: '#/components/headers/ETag' } }),
      ...(route.scope !== null && {
        RateLimit: { $ref: '#/components/headers/RateLimit' },
        'RateLimit-Policy': { $ref: '#/components/headers/RateLimit-Policy' },
      }),
      ...mapValues(headers, (text) => ({ description: text, schema: { type: 'string' } })),
    },
    ...(type && {
      content: {
        [type]: {
          ...(answer.schema && { schema: schemas.output(answer.schema) }),
          ...(example !== undefined && { example }),
        },
        ...Object.fromEntries((answer.otherMediaTypes ?? []).map((other) => [other, {}])),
      },
    }),
    ...(links && { links: mapValues(links, (parameters, operationId) => ({ operationId, parameters })) }),
  };
}

/** The operation with its answers; they are given, because all answers are described before the first request. */
export function operationOf(route: Route, responses: JsonSchema, schemas: Schemas, config: ApiConfig): JsonSchema {
  const parameters = parametersOf(route, schemas);
  const { operationId, tag, summary, body } = route;
  return {
    operationId,
    tags: [tag],
    // Plain text, other than descriptions.
    summary: summary.replaceAll('`', ''),
    security: securityOf(route, config),
    parameters,
    ...(body && { requestBody: requestBody(body, schemas) }),
    responses,
  };
}

function mapValues<T, R>(record: Readonly<Record<string, T>> | undefined, map: (value: T, key: string) => R) {
  return Object.fromEntries(Object.entries(record ?? {}).map(([key, value]) => [key, map(value, key)]));
}
