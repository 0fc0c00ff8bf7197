import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { AppError } from '@packshot/contracts';
import type { Context } from './context';

/** From `src/` and `dist/` alike, the embedded start of the repository. */
const START = join(__dirname, '../../../infra/embedded/start.mjs');

/** Starts Redis where none is given, the API and a worker, as `npm start` does, and serves until it is interrupted. */
export async function up({ output, env, signal }: Context, { sample }: { sample?: boolean }): Promise<void> {
  if (!existsSync(START)) {
    throw new AppError(
      'invalid_request',
      '`packshot up` starts what lies in its repository; elsewhere use the containers.',
    );
  }
  const child = spawn(process.execPath, [START, ...(sample ? [] : ['--no-sample'])], {
    env,
    // The channel closes when this process ends, however that happens, and then all that was started stops.
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    // Ctrl-C reaches this process alone, which passes it on once.
    detached: true,
  });
  const stop = () => child.kill('SIGINT');
  signal.addEventListener('abort', stop, { once: true });
  const exited = once(child, 'exit') as Promise<[code: number | null]>;
  for await (const line of createInterface({ input: child.stdout as Readable })) {
    const url = /serving on (http\S+)/.exec(line)?.[1];
    if (output.json && url !== undefined) output.line({ url }, line);
    else output.note(line);
  }
  const [code] = await exited;
  if (code !== 0) throw new AppError('backend_unavailable', `Packshot ended with ${code ?? 'a signal'}.`);
}
