import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS, ITEM_TABLE, JOB_TABLE, MARKETPLACE_RULES } from '@packshot/contracts';
import type { z } from 'zod';
import { apiConfig } from '../../apps/api/src/config';
import type { Route } from '../../apps/api/src/http/route';
import { statusesOf } from '../../apps/api/src/openapi/operation';
import { ROUTES } from '../../apps/api/src/routes';
import { cliConfig } from '../../apps/cli/src/config';
import { EXIT, EXIT_TEXTS } from '../../apps/cli/src/exit-codes';
import { createProgram } from '../../apps/cli/src/program';
import { workerConfig } from '../../apps/worker/src/config';
import { MODEL_TASKS, modelRecordSchema } from '../../packages/pipeline/src/models/record';

/**
 * Tables in the documentation are made from the code: `UPDATE_DOCS=1 npx jest infra/checks/docs` writes them, this test
 * compares. A table stands between `<!-- table: NAME -->` and `<!-- end -->`.
 */
const docs = join(__dirname, '..', '..', 'docs');

const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

function settings(schema: z.ZodObject, without: readonly string[] = []): string {
  const rows = Object.entries(schema.shape as Record<string, z.ZodType>)
    .filter(([name]) => !without.includes(name))
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, field]) => [`\`${name}\``, defaultOf(field), field.description ?? '']);
  return table(['variable', 'default', 'meaning'], rows);
}

/** What an unset variable means; defaults that the machine decides are named as such. */
function defaultOf(field: z.ZodType): string {
  const { def } = field as unknown as { def: { type: string; innerType?: z.ZodType; in?: z.ZodType } };
  if (def.type === 'optional') return '–';
  // A pipe is what a transformation makes of its input.
  const inner = def.innerType ?? def.in;
  if (def.type !== 'default') return inner ? defaultOf(inner) : '*required*';
  const getter = Object.getOwnPropertyDescriptor(def, 'defaultValue')?.get;
  if (MACHINE.has(field.description ?? '')) return '*by machine*';
  const value = getter ? getter.call(def) : (def as { defaultValue?: unknown }).defaultValue;
  return Array.isArray(value)
    ? value.length
      ? `\`${value.join(',')}\``
      : '*none*'
    : value === ''
      ? '*empty*'
      : `\`${String(value)}\``;
}

const MACHINE = new Set(
  ['THREADS', 'MODELS_MEMORY_MB', 'MODELS_DIR', 'SPOOL_DIR'].flatMap((name) =>
    [workerConfig, cliConfig].map((config) => (config.shape as Record<string, z.ZodType>)[name]?.description ?? name),
  ),
);

/** Next states of a job that are no status. */
const OUTCOMES: Readonly<Record<string, string>> = {
  ended: 'its end status, see below',
  unchanged: 'what it was',
  gone: 'gone',
};

/** By task in the order of the pipeline, what runs before what does not. */
function modelTable(): string {
  const folder = join(docs, '..', 'models', 'registry');
  const records = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => modelRecordSchema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))))
    .sort((a, b) => MODEL_TASKS.indexOf(a.task) - MODEL_TASKS.indexOf(b.task) || a.id.localeCompare(b.id));
  const sizeOf = ({ files }: (typeof records)[number]) => {
    const bytes = files.map((file) => file.bytes);
    if (bytes.includes(null)) return 'not published';
    return `${(bytes.reduce<number>((sum, size) => sum + (size ?? 0), 0) / 1e6).toFixed(1)} MB`;
  };
  const carried = records.filter(({ supported }) => supported);
  const rows = carried.map((record) => [
    `\`${record.id}\``,
    record.task,
    sizeOf(record),
    record.licence.accept ? `${record.licence.spdx}, to be accepted` : record.licence.spdx,
    record.licence.commercial ? 'yes' : 'no',
    record.packs.join(', ') || '–',
    record.files.every(({ sha256, md5 }) => sha256 !== null || md5 !== null) ? 'pinned' : 'unpinned',
  ]);
  const left = records.filter(({ supported }) => !supported);
  return [
    table(['model', 'task', 'size', 'licence', 'commercial use', 'packs', 'checksum'], rows),
    '',
    'Not carried:',
    '',
    table(
      ['model', 'task', 'why'],
      left.map(({ id, task, reason }) => [`\`${id}\``, task, reason ?? '']),
    ),
  ].join('\n');
}

function endpoints(routes: readonly Route[]): string {
  const rows = routes.map((route) => [
    `\`${route.method} ${route.path}\``,
    route.summary,
    route.scope ? `\`${route.scope}\`` : '–',
    statusesOf(route).join(', '),
  ]);
  return table(['endpoint', 'what it does', 'scope', 'answers'], rows);
}

/** Every command of the command line, groups of them opened. */
function commands(): string {
  const program = createProgram(() => {
    throw new Error('no command runs here');
  }, {});
  const leaves = (command: typeof program, before: string): string[][] =>
    command.commands.flatMap((one) => {
      const name = `${before}${one.name()} `;
      if (one.commands.length > 0) return leaves(one, name);
      const parameters = one.registeredArguments.map((argument) => {
        const text = argument.variadic ? `${argument.name()}...` : argument.name();
        return argument.required ? `<${text}>` : `[${text}]`;
      });
      const options = one.options.map(({ flags }) => `\`${flags}\``).join(', ');
      return [[`\`${[name.trim(), ...parameters].join(' ')}\``, one.description(), options]];
    });
  return table(['command', 'what it does', 'options'], leaves(program, ''));
}

const TABLES: Record<string, { page: string; text: string }> = {
  errors: {
    page: 'errors.md',
    text: table(
      ['code', 'status', 'retryable', 'meaning'],
      Object.entries(ERRORS).map(([code, { status, retryable, text }]) => [
        `\`${code}\``,
        String(status),
        retryable ? 'yes' : 'no',
        text,
      ]),
    ),
  },
  marketplaces: {
    page: '12-compose.md',
    text: table(
      ['marketplace', 'long side', 'file', 'background', 'product fills', 'read on'],
      Object.values(MARKETPLACE_RULES).map(({ name, longSide, shortSide, maxSide, maxMegapixels, ...rules }) => [
        name,
        [
          ...(longSide ?? []).map(({ value, required }) => `${value} ${required ? 'required' : 'advised'}`),
          ...(shortSide ?? []).map(({ value, required }) => `short side ${value} ${required ? 'required' : 'advised'}`),
          ...(maxSide ? [`at most ${maxSide}`] : []),
          ...(maxMegapixels ? [`at most ${maxMegapixels} megapixels`] : []),
        ].join(', '),
        `${rules.formats.map((format) => format.slice('image/'.length)).join(', ')}, at most ${(rules.maxBytes ?? 0) / 1e6} MB`,
        rules.background
          ? `white${rules.background.transparent ? ' or transparent' : ''}, ${rules.background.required ? 'required' : 'advised'}`
          : '–',
        rules.fill
          ? `${100 * rules.fill.least} %${rules.fill.most ? ` to ${100 * rules.fill.most} %` : ' or more'}, ${rules.fill.required ? 'required' : 'advised'}`
          : '–',
        rules.read,
      ]),
    ),
  },
  'item-states': {
    page: '01-job-lifecycle.md',
    text: table(
      ['item is', 'event', 'then it is', 'counters', 'webhook', 'who'],
      ITEM_TABLE.map(({ from, event, to, counters, webhook, by }) => [
        `\`${from}\``,
        `\`${event}\``,
        `\`${to}\``,
        counters,
        webhook,
        by,
      ]),
    ),
  },
  'job-states': {
    page: '01-job-lifecycle.md',
    text: table(
      ['job is', 'event', 'then it is', 'in the same step', 'webhook', 'who'],
      JOB_TABLE.map(({ from, event, to, effect, webhook, by }) => [
        from.map((status) => `\`${status}\``).join(', '),
        `\`${event}\``,
        OUTCOMES[to] ?? `\`${to}\``,
        effect,
        webhook,
        by,
      ]),
    ),
  },
  'api-settings': { page: '05-settings.md', text: settings(apiConfig) },
  'worker-settings': { page: '05-settings.md', text: settings(workerConfig, Object.keys(apiConfig.shape)) },
  'cli-settings': { page: '05-settings.md', text: settings(cliConfig) },
  commands: { page: '14-cli.md', text: commands() },
  'exit-codes': {
    page: '14-cli.md',
    text: table(
      ['code', 'meaning'],
      Object.entries(EXIT).map(([name, code]) => [String(code), EXIT_TEXTS[name as keyof typeof EXIT]]),
    ),
  },
  models: { page: '03-models.md', text: modelTable() },
  endpoints: { page: '04-http.md', text: endpoints(ROUTES.filter(({ errorForm }) => errorForm === undefined)) },
  facades: { page: '11-compatibility.md', text: endpoints(ROUTES.filter(({ errorForm }) => errorForm !== undefined)) },
};

const block = (name: string) => new RegExp(`(<!-- table: ${name} -->\\n)([\\s\\S]*?)(<!-- end -->)`);

describe('the documentation', () => {
  it.each(Object.entries(TABLES))('shows the table of %s as the code has it', (name, { page, text }) => {
    const path = join(docs, page);
    const before = readFileSync(path, 'utf8');
    expect(before).toMatch(block(name));
    const after = before.replace(block(name), (_, open, __, close) => `${open}\n${text}\n\n${close}`);
    if (process.env.UPDATE_DOCS) writeFileSync(path, after);
    else expect(before).toBe(after);
  });

  it.each([
    'README.md',
    'CONTRIBUTING.md',
    'docs/00-overview.md',
    'docs/02-pipeline.md',
    'docs/03-models.md',
    'docs/12-compose.md',
  ])('names in %s only files that exist', (page) => {
    const root = join(__dirname, '..', '..');
    const text = readFileSync(join(root, page), 'utf8');
    const named = [...text.matchAll(/`((?:apps|packages|models|infra|docs)\/[^`\s*{]+)`/g)].map(
      (match) => match[1] ?? '',
    );
    const missing = named
      .filter((path) => !/acme-|sharpen/.test(path))
      .filter((path) => {
        try {
          readFileSync(join(root, path));
          return false;
        } catch (error) {
          return (error as NodeJS.ErrnoException).code === 'ENOENT';
        }
      });
    expect(missing).toEqual([]);
  });
});
