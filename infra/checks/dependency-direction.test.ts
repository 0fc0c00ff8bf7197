import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, workspaces } from './workspaces';

/**
 * The table of docs/00-overview.md: who may import whom. Packages of the middle layer never import each other; the API never
 * installs the pixel code. pnpm refuses an import that package.json does not declare, so package.json is what is checked.
 */
const ALLOWED: Record<string, readonly string[]> = {
  'packages/contracts': [],
  'packages/jobs': ['contracts'],
  'packages/pipeline': ['contracts'],
  'packages/sdk': ['contracts'],
  'packages/service': ['contracts'],
  'packages/storage': ['contracts'],
  'packages/testing': [],
  'apps/api': ['contracts', 'jobs', 'service', 'storage'],
  'apps/cli': ['contracts', 'pipeline', 'sdk', 'service', 'storage'],
  'apps/web': ['contracts', 'sdk'],
  'apps/worker': ['contracts', 'jobs', 'pipeline', 'service', 'storage'],
  examples: ['sdk'],
};

/** Heavy dependencies and the one workspace that may have each. */
const WALLS: Record<string, string> = {
  'onnxruntime-node': 'packages/pipeline',
  sharp: 'packages/pipeline',
  '@aws-sdk/client-s3': 'packages/storage',
  express: 'apps/api',
};

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const manifest = (workspace: string) =>
  JSON.parse(readFileSync(join(root, workspace, 'package.json'), 'utf8')) as Manifest;

it('knows every workspace', () => {
  expect([...workspaces].sort()).toEqual(Object.keys(ALLOWED).sort());
});

it.each(workspaces)('lets %s depend only on what the layers allow', (workspace) => {
  const names = Object.keys(manifest(workspace).dependencies ?? {});
  const ours = names.filter((name) => name.startsWith('@packshot/')).map((name) => name.replace('@packshot/', ''));
  expect(ours.filter((name) => !ALLOWED[workspace]?.includes(name))).toEqual([]);
});

it.each(workspaces)('lets %s use nothing but the test fixtures in development', (workspace) => {
  const names = Object.keys(manifest(workspace).devDependencies ?? {});
  expect(names.filter((name) => name.startsWith('@packshot/') && name !== '@packshot/testing')).toEqual([]);
});

it.each(Object.entries(WALLS))('keeps %s inside %s', (dependency, wall) => {
  const users = workspaces.filter((workspace) => dependency in (manifest(workspace).dependencies ?? {}));
  expect(users.filter((user) => user !== wall && user !== 'packages/testing')).toEqual([]);
});
