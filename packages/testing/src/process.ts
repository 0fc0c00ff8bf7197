import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';

export interface ProcessOptions {
  args?: readonly string[];
  /** Added to this process's environment; `undefined` takes a variable away. */
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Opens a message channel, for scripts that talk to their parent with `process.send`. */
  ipc?: boolean;
}

export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A running program whose output is collected. It dies with the test process. */
export interface TestProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Settles when the process is gone and its output is complete. Never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** Standard output and standard error so far, in order of arrival. */
  output(): string;
  /** The first line, past or to come, that matches. Throws with the whole output past the deadline or at exit. */
  waitForLine(pattern: RegExp, timeoutMs?: number): Promise<string>;
  /** SIGKILL, and wait until it is gone. */
  kill9(): Promise<void>;
  /** `signal` (SIGTERM by default), and SIGKILL after `timeoutMs` (10,000 by default). */
  stop(options?: { signal?: NodeJS.Signals; timeoutMs?: number }): Promise<ProcessExit>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a script of ours with the Node that runs the tests. The script must be built: Node runs no TypeScript. */
export function startNode(script: string, options: ProcessOptions = {}): Promise<TestProcess> {
  return startProcess(process.execPath, { ...options, args: [script, ...(options.args ?? [])] });
}

/** Part of every Debian; asks Linux to kill what it starts when this process ends, however that happens. */
const SETPRIV = '/usr/bin/setpriv';

/** Starts any program. Rejects when it cannot be started. */
export async function startProcess(command: string, options: ProcessOptions = {}): Promise<TestProcess> {
  const spawnOptions: SpawnOptions = {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe', ...(options.ipc ? (['ipc'] as const) : [])],
  };
  if (options.cwd !== undefined) spawnOptions.cwd = options.cwd;
  const args = options.args ?? [];
  // It takes the place of setpriv, so its process id is the child's. Elsewhere the hook below has to do.
  const bound = isAbsolute(command) && existsSync(command) && existsSync(SETPRIV);
  const child = bound
    ? spawn(SETPRIV, ['--pdeathsig', 'KILL', '--', command, ...args], spawnOptions)
    : spawn(command, args, spawnOptions);
  await once(child, 'spawn');
  running.add(child);
  return collect(child);
}

function collect(child: ChildProcess): TestProcess {
  let output = '';
  let exit: ProcessExit | undefined;
  const watchers = new Set<() => void>();
  const notify = () => {
    for (const watcher of [...watchers]) watcher();
  };
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child);
      exit = { code, signal };
      notify();
      resolve(exit);
    });
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => {
      output += text;
      notify();
    });
  }

  const waitForLine = (pattern: RegExp, timeoutMs = 10_000) =>
    new Promise<string>((resolve, reject) => {
      const settle = (action: () => void) => {
        clearTimeout(timer);
        watchers.delete(look);
        action();
      };
      const fail = (why: string) =>
        settle(() => reject(new Error(`No line matched ${pattern} ${why}. Output:\n${output}`)));
      const look = () => {
        // The last piece is no line yet, unless nothing can follow it.
        const lines = output.split('\n').slice(0, exit === undefined ? -1 : undefined);
        const line = lines.find((text) => text.search(pattern) >= 0);
        if (line !== undefined) settle(() => resolve(line));
        else if (exit !== undefined) fail(`before the process ended (${exit.signal ?? exit.code})`);
      };
      const timer = setTimeout(() => fail(`within ${timeoutMs} ms`), timeoutMs);
      watchers.add(look);
      look();
    });

  const stop: TestProcess['stop'] = async ({ signal = 'SIGTERM', timeoutMs = 10_000 } = {}) => {
    if (exit !== undefined) return exit;
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    return exited.finally(() => clearTimeout(timer));
  };

  return {
    pid: child.pid ?? -1,
    child,
    exited,
    output: () => output,
    waitForLine,
    kill9: async () => void (await stop({ signal: 'SIGKILL' })),
    stop,
  };
}
