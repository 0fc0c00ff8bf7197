import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(__dirname, '..', '..');

/** Every workspace, as `apps/api`. */
export const workspaces: readonly string[] = ['apps', 'packages']
  .flatMap((top) => readdirSync(join(root, top)).map((name) => `${top}/${name}`))
  .concat('examples')
  .filter((workspace) => existsSync(join(root, workspace, 'package.json')));

/** The version of the package manager that package.json pins, as `pnpm@1.2.3`. */
export function packageManager(): string {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { packageManager: string };
  return manifest.packageManager;
}
