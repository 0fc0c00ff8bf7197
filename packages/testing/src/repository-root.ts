import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder that holds `pnpm-workspace.yaml`, seen from the sources and from `dist/` alike. */
export function repositoryRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'pnpm-workspace.yaml'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`${__dirname} lies in no checkout of the repository`);
    folder = parent;
  }
  return folder;
}
