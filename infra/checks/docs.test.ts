import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS, ITEM_TRANSITIONS } from '@packshot/contracts';
import type { z } from 'zod';
import { apiConfig } from '../../apps/api/src/config';
import { ROUTES } from '../../apps/api/src/routes';
import { workerConfig } from '../../apps/worker/src/config';

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
  const { def } = field as unknown as { def: { type: string; innerType?: z.ZodType } };
  if (def.type === 'optional') return '–';
  if (def.type !== 'default') return def.innerType ? defaultOf(def.innerType) : '*required*';
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
  ['THREADS', 'ENGINE_RSS_LIMIT_MB', 'MODELS_DIR', 'SPOOL_DIR'].map(
    (name) => (workerConfig.shape as Record<string, z.ZodType>)[name]?.description ?? name,
  ),
);

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
  'api-settings': { page: '05-settings.md', text: settings(apiConfig) },
  'worker-settings': { page: '05-settings.md', text: settings(workerConfig, Object.keys(apiConfig.shape)) },
  endpoints: {
    page: '04-http.md',
    text: table(
      ['endpoint', 'what it does', 'answers'],
      ROUTES.map(({ method, path, summary, statuses }) => [`\`${method} ${path}\``, summary, statuses.join(', ')]),
    ),
  },
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

  it('shows the state table of items as the code has it', () => {
    const page = readFileSync(join(docs, '01-job-lifecycle.md'), 'utf8');
    for (const from of ['queued', 'processing'] as const) {
      const cells = (['start', 'succeed', 'fail', 'requeue', 'cancel'] as const).map(
        (event) => ITEM_TRANSITIONS[from][event] ?? '–',
      );
      expect(page).toContain(`| **${from}** | ${cells.join(' | ')} |`);
    }
  });

  it.each(['README.md', 'CONTRIBUTING.md', 'docs/00-overview.md', 'docs/02-pipeline.md', 'docs/03-models.md'])(
    'names in %s only files that exist',
    (page) => {
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
    },
  );
});
