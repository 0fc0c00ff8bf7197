import { z } from 'zod';

export type JsonSchema = Record<string, unknown>;

/** `input`: what is sent, where fields with a default may be left out. `output`: what is answered, where they are there. */
type Direction = 'input' | 'output';

/**
 * Turns zod schemas into JSON Schema 2020-12, which is what OpenAPI 3.1 speaks. Those with an id (`.meta({ id })`) are kept
 * as components and referred to; one that reads differently as input and as output is kept as `<id>Input` as well, for which
 * all answers must be added before the first request.
 *
 * `closed` forbids answers to have fields that are not described. Our tests want that; clients must not, or a new field
 * would break them.
 */
export class Schemas {
  readonly components: Record<string, JsonSchema> = {};

  constructor(private readonly options: { closed: boolean }) {}

  input(schema: z.ZodType): JsonSchema {
    return this.add(schema, 'input');
  }

  output(schema: z.ZodType): JsonSchema {
    return this.add(schema, 'output');
  }

  private add(schema: z.ZodType, io: Direction): JsonSchema {
    const { $schema: _, $defs = {}, ...root } = z.toJSONSchema(schema, { io, override: this.adapt(io) }) as JsonSchema;
    const definitions = $defs as Record<string, JsonSchema>;
    const different = this.differing(definitions);
    if (io === 'output' && different.size > 0) throw new Error(`two schemas are called ${[...different].join(', ')}`);
    const nameOf = (id: string) => (different.has(id) ? `${id}Input` : id);
    for (const [id, definition] of Object.entries(definitions)) {
      this.components[nameOf(id)] = relocate(definition, nameOf);
    }
    return relocate(root, nameOf);
  }

  /** Ids that are taken by a schema which reads differently, and those that refer to one of them. */
  private differing(definitions: Record<string, JsonSchema>): ReadonlySet<string> {
    const texts = Object.entries(definitions).map(
      ([id, each]) => [id, JSON.stringify(relocate(each, String))] as const,
    );
    const found = new Set<string>();
    for (let before = -1; before < found.size; ) {
      before = found.size;
      for (const [id, text] of texts) {
        const known = this.components[id];
        const refersToOne = [...found].some((other) => text.includes(`"${PLACE}${other}"`));
        if (known !== undefined && (refersToOne || JSON.stringify(known) !== text)) found.add(id);
      }
    }
    return found;
  }

  private adapt(io: Direction) {
    return ({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: z.core.JSONSchema.BaseSchema }) => {
      if (zodSchema._zod.def.type === 'object' && io === 'output' && !this.options.closed) {
        delete jsonSchema.additionalProperties;
      }
      // The bounds of what JavaScript counts exactly say nothing to a client.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      // `format` says it; the pattern of a date with its leap years takes four lines.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      if (zodSchema._zod.def.type === 'file') {
        for (const name of ['type', 'format', 'contentEncoding'] as const) delete jsonSchema[name];
        jsonSchema.contentMediaType = 'application/octet-stream';
      }
    };
  }
}

const PLACE = '#/components/schemas/';

/** A copy with the references of zod's `$defs` leading to the document's components. */
function relocate(schema: JsonSchema, nameOf: (id: string) => string): JsonSchema {
  return JSON.parse(
    JSON.stringify(schema, (key, value) =>
      key === '$ref' && typeof value === 'string' ? PLACE + nameOf(value.replace('#/$defs/', '')) : value,
    ),
  );
}
