import { execFileSync } from 'node:child_process';
import { packageManager, root } from './workspaces';

/** Permissive licences; and libvips, which is linked dynamically. */
const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'Unlicense',
]);
const EXCEPTIONS: Record<string, RegExp> = { 'LGPL-3.0-or-later': /^@img\/sharp-libvips-/ };

it('depends on nothing under a licence that is not permissive', () => {
  const args = ['--yes', packageManager(), '-r', 'licenses', 'list', '--prod', '--json'];
  const output = execFileSync('npx', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const byLicence = JSON.parse(output) as Record<string, { name: string }[]>;
  const names = Object.values(byLicence)
    .flat()
    .map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['express', 'sharp', 'bullmq', 'onnxruntime-node']));
  const refused = Object.entries(byLicence).flatMap(([licence, packages]) => {
    const choices = licence.replace(/[()]/g, '').split(' OR ');
    if (choices.some((choice) => PERMISSIVE.has(choice))) return [];
    return packages.filter(({ name }) => !EXCEPTIONS[licence]?.test(name)).map(({ name }) => `${name}: ${licence}`);
  });
  expect(refused).toEqual([]);
});
