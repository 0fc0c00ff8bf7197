import type { RequestBody } from '../http/route';
import type { JsonSchema, Schemas } from './json-schema';

export function requestBody(body: Readonly<Record<string, RequestBody>>, schemas: Schemas): JsonSchema {
  const content = Object.entries(body).map(([type, { schema, example }]) => {
    const described = schemas.input(schema);
    return [
      type,
      {
        schema: type === 'multipart/form-data' ? formSchema(described, schemas) : described,
        ...(example !== undefined && { example }),
      },
    ];
  });
  const required = !Object.values(body).some(({ schema }) => schema.safeParse({}).success);
  return { required, content: Object.fromEntries(content) };
}

/**
 * OpenAPI sends each entry of an array as a part of its own; here that is meant for files alone, and every other array is one
 * part that holds JSON. Objects are one part of JSON either way.
 */
function formSchema(described: JsonSchema, { components }: Schemas): JsonSchema {
  const id =
    String(described.$ref ?? '')
      .split('/')
      .at(-1) ?? '';
  const form = components[id] ?? described;
  const properties = Object.entries((form.properties ?? {}) as Record<string, JsonSchema>).map(([name, property]) => {
    const isJson =
      property.type === 'array' && (property.items as JsonSchema | undefined)?.contentMediaType === undefined;
    if (!isJson) return [name, property];
    const { description, ...contentSchema } = property;
    return [name, { type: 'string', description, contentMediaType: 'application/json', contentSchema }];
  });
  Object.assign(form, { properties: Object.fromEntries(properties) });
  return described;
}
