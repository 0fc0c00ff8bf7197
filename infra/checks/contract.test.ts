import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020';
import { loadApiConfig } from '../../apps/api/src/config';
import { COMMON_ERRORS, statusOf } from '../../apps/api/src/http/route';
import { buildDocument } from '../../apps/api/src/openapi/document';
import { pathTemplate } from '../../apps/api/src/openapi/parameters';
import { ROUTES } from '../../apps/api/src/routes';

const config = loadApiConfig({ REDIS_URL: 'redis://127.0.0.1:1', STORAGE_DIR: '/tmp', PACKSHOT_CONFIG: '/dev/null' });
const document = buildDocument(ROUTES, config);

type Json = Record<string, unknown>;
interface Media {
  schema?: Json;
  example?: unknown;
}
interface Operation {
  operationId: string;
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content?: Record<string, Media>; links?: Record<string, { operationId: string }> }>;
}

const operations = Object.values(document.paths).flatMap((path) => Object.values(path)) as unknown as Operation[];

/** Every object inside the document. */
function* objectsIn(value: unknown): Generator<Json> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Json;
  for (const each of Object.values(value)) yield* objectsIn(each);
}

describe('the contract', () => {
  it('is a valid OpenAPI 3.1 document', () => {
    // The validator is an ES module, which Jest does not load.
    const validate = join(__dirname, '../contract/validate.mjs');
    const input = JSON.stringify({ servers: [{ url: 'http://127.0.0.1' }], ...document });
    const { status, stdout, stderr } = spawnSync(process.execPath, [validate], { input, encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('has every endpoint, and nothing else', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${pathTemplate(path)}`).sort());
  });

  it('refers only to what is there', () => {
    const references = [...objectsIn(document)].flatMap(({ $ref }) => (typeof $ref === 'string' ? [$ref] : []));
    const missing = references.filter((reference) => {
      const [, ...steps] = reference.split('/');
      return steps.reduce<unknown>((at, step) => (at as Json | undefined)?.[step], document) === undefined;
    });
    expect(references.length).toBeGreaterThan(100);
    expect(missing).toEqual([]);
  });

  it('links to operations that there are, with the parameters of their paths', () => {
    const known = new Map(ROUTES.map(({ operationId, path }) => [operationId, path]));
    const links = ROUTES.flatMap(({ answers }) => Object.values(answers)).flatMap(({ links = {} }) =>
      Object.entries(links),
    );
    expect(links.length).toBeGreaterThan(0);
    for (const [operationId, parameters] of links) {
      const named = [...(known.get(operationId) ?? '').matchAll(/[:*](\w+)/g)].map(([, name]) => name);
      expect({ operationId, parameters: Object.keys(parameters) }).toEqual({ operationId, parameters: named });
    }
  });

  it('promises nobody a failure of the server itself', () => {
    const promising = operations.filter(({ responses }) => '500' in responses).map(({ operationId }) => operationId);
    // These answer with the fault of an item, which may be one of the server.
    const answering = ROUTES.filter(({ errors }) => errors.includes('worker_lost'));
    expect(promising).toEqual(answering.map(({ operationId }) => operationId));
  });

  it('describes every answer of a closed endpoint to those without a key or the right to it', () => {
    const described = new Map(operations.map(({ operationId, responses }) => [operationId, responses]));
    const silent = ROUTES.filter(({ scope }) => scope !== null).filter((route) => {
      const responses = described.get(route.operationId) ?? {};
      return !COMMON_ERRORS.every((code) => statusOf(route, code) in responses);
    });
    expect(silent.map(({ operationId }) => operationId)).toEqual([]);
  });

  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'contract', components: document.components });
  /** A schema on its own, its references leading into the document. */
  const standalone = (schema: Json): Json =>
    JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"contract#/components/'));
  const examples = operations.flatMap(({ operationId, requestBody, responses }) =>
    [requestBody, ...Object.values(responses)].flatMap((body) =>
      Object.entries(body?.content ?? {})
        .filter(([, { schema, example }]) => schema !== undefined && example !== undefined)
        .map(([type, { schema = {}, example }]) => ({ operationId, type, schema, example })),
    ),
  );

  it('gives only examples that fit their schemas', () => {
    expect(examples.length).toBeGreaterThan(50);
    const faults = examples.flatMap(({ operationId, type, schema, example }) => {
      const validate = ajv.compile(standalone(schema));
      return validate(example) ? [] : [{ operationId, type, errors: validate.errors }];
    });
    expect(faults).toEqual([]);
  });

  it('gives an example of every JSON body that is taken', () => {
    const bodies = operations.filter(({ requestBody }) => requestBody?.content['application/json'] !== undefined);
    expect(bodies.length).toBeGreaterThan(0);
    const without = bodies.filter(({ requestBody }) => requestBody?.content['application/json']?.example === undefined);
    expect(without.map(({ operationId }) => operationId)).toEqual([]);
  });
});
