import { webhookPayloadSchema } from '@packshot/contracts';
import { z } from 'zod';
import type { JsonSchema, Schemas } from './json-schema';

const HEADERS: Readonly<Record<string, string>> = {
  'webhook-id': 'Of the message; the same on every attempt, so that a receiver can tell a repetition',
  'webhook-timestamp': 'Unix seconds of this attempt; refuse what is older than five minutes',
  'webhook-signature':
    'One or more of `v1,<base64>`, with a space between: HMAC-SHA256 over `<id>.<timestamp>.<body>`, one for each secret in use',
};

/** The calls that receivers get (Standard Webhooks), by type of event. */
export function webhookOperations(schemas: Schemas): JsonSchema {
  return Object.fromEntries(
    webhookPayloadSchema.options.flatMap((payload) => {
      const { type } = payload.shape;
      const values: readonly string[] = type instanceof z.ZodLiteral ? [...type.values] : type.options;
      return values.map((value) => [
        value,
        { post: operation(value, schemas.output(payload.extend({ type: z.literal(value) }))) },
      ]);
    }),
  );
}

function operation(event: string, schema: JsonSchema): JsonSchema {
  return {
    operationId: `on-${event}`.replace(/[^a-z]+(\w)/g, (_, letter: string) => letter.toUpperCase()),
    tags: ['webhooks'],
    summary: event,
    security: [],
    parameters: Object.entries(HEADERS).map(([name, description]) => ({
      name,
      in: 'header',
      required: true,
      description,
      schema: { type: 'string' },
    })),
    requestBody: { required: true, content: { 'application/json': { schema } } },
    responses: {
      '2XX': { description: 'Received; the body is not read' },
      410: { description: 'Never again: the endpoint is disabled' },
      default: {
        description: 'Not received: it is sent again, later and later, as `Retry-After` says where it is there',
      },
    },
  };
}
