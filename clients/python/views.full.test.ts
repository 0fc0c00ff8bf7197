import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadApiConfig } from '../../apps/api/src/config';
import { buildDocument } from '../../apps/api/src/openapi/document';
import { ROUTES } from '../../apps/api/src/routes';

/**
 * The Python client's views are made from the contract: `UPDATE_DOCS=1 TEST_TIER=full npx jest clients/python/views` writes
 * them, this test compares. `pyproject.toml` says how they are made.
 */
const exec = promisify(execFile);
const views = join(__dirname, 'src/packshot/views.py');

/** What the client hands out; what these refer to comes along. */
const HANDED_OUT = ['Job', 'Item', 'Upload', 'WebhookSecret', 'ModelList'];

interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema;
  items?: Schema | false;
  prefixItems?: Schema[];
  anyOf?: Schema[];
}

/**
 * What a client may rely on when the server is a later one, or an earlier: bounds are left out, every list of words is open,
 * and what has a default may be absent.
 */
function lenient(schema: Schema): Schema {
  const { $ref, type, description, default: usual, properties, required, additionalProperties, items } = schema;
  const words = schema.enum ?? (type === 'string' && schema.const ? [schema.const] : undefined);
  if (words) return { description, default: usual, anyOf: [{ enum: words }, { type }] };
  return {
    $ref,
    type,
    description,
    default: usual,
    const: type === 'boolean' ? schema.const : undefined,
    format: schema.format === 'date-time' ? schema.format : undefined,
    properties: properties && mapValues(properties, lenient),
    required: required?.filter((name) => properties?.[name]?.default === undefined),
    additionalProperties: additionalProperties && lenient(additionalProperties),
    items: items && lenient(items),
    prefixItems: schema.prefixItems?.map(lenient),
    anyOf: schema.anyOf?.map(lenient),
  };
}

const mapValues = <T>(record: Record<string, T>, map: (value: T) => T) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));

/** The part of the contract that views are made of. */
function contract(): object {
  const config = loadApiConfig({ REDIS_URL: 'redis://127.0.0.1:1', STORAGE_DIR: '/tmp', PACKSHOT_CONFIG: '/dev/null' });
  const { components, ...document } = buildDocument(ROUTES, config);
  const all = components.schemas as Record<string, Schema>;
  const schemas: Record<string, Schema> = {};
  const take = (name: string) => {
    if (name in schemas) return;
    const schema = lenient(all[name] ?? {});
    schemas[name] = schema;
    for (const [, other = ''] of JSON.stringify(schema).matchAll(/#\/components\/schemas\/(\w+)/g)) take(other);
  };
  HANDED_OUT.forEach(take);
  const sorted = Object.entries(schemas).sort(([a], [b]) => a.localeCompare(b));
  return { ...document, paths: {}, webhooks: {}, components: { schemas: Object.fromEntries(sorted) } };
}

let folder: string;
const run = async (command: string, ...args: string[]) => {
  const { stdout } = await exec(command, args, { cwd: __dirname }).catch(({ stdout, stderr }) => {
    throw new Error(`${command} ${args.join(' ')}\n${stdout}\n${stderr}`);
  });
  return stdout;
};
const tool = (name: string, ...args: string[]) => run(join(folder, 'venv/bin', name), ...args);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packshot-views-'));
  await run('python3', '-m', 'venv', join(folder, 'venv'));
  await tool('python', '-m', 'pip', 'install', '--quiet', '.[views]');
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

it('hands out views that are those of the contract', async () => {
  const [input, output] = [join(folder, 'contract.json'), join(folder, 'views.py')];
  await writeFile(input, JSON.stringify(contract()));
  await tool('datamodel-codegen', '--input', input, '--output', output);
  await tool('ruff', 'check', '--quiet', '--config', 'pyproject.toml', '--select', 'I', '--fix', output);
  await tool('ruff', 'format', '--quiet', '--config', 'pyproject.toml', output);
  const made = await readFile(output, 'utf8');
  if (process.env.UPDATE_DOCS) await writeFile(views, made);
  expect(await readFile(views, 'utf8')).toBe(made);
}, 60_000);

it('is typed throughout', async () => {
  expect(await tool('mypy', '--cache-dir', join(folder, 'mypy'))).toMatch(/no issues found/);
}, 120_000);
