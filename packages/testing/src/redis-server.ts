import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { repositoryRoot } from './repository-root';

/** A `redis-server` that can be run here, and what its environment needs. */
export interface RedisServer {
  command: string;
  env: Record<string, string>;
}

const FETCH_TIMEOUT_MS = 120_000;

/** Runs in a Node of its own: Jest cannot import an ES module. The answer is the last line. */
const ASK = `
const { findRedisServer } = await import(process.argv[1]);
console.log(JSON.stringify(await findRedisServer(process.argv[2], (line) => console.error(line))));
`;

/**
 * The installed `redis-server`, else the one the embedded start fetches and unpacks under `.packshot/`. Throws what that
 * says when neither can be had.
 */
export async function findRedisServer(): Promise<RedisServer> {
  const installed = await onPath('redis-server');
  if (installed !== undefined) return { command: installed, env: {} };
  const root = repositoryRoot();
  const finder = pathToFileURL(join(root, 'infra/embedded/redis-binary.mjs')).href;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', ASK, '--', finder, root],
    { timeout: FETCH_TIMEOUT_MS },
  );
  const found: { command: string; env?: Record<string, string> } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  return { command: found.command, env: found.env ?? {} };
}

async function onPath(program: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const candidate = join(folder, program);
    const runnable = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runnable) return candidate;
  }
  return undefined;
}
