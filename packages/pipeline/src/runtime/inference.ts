import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AppError } from '@packshot/contracts';
import type { Placement } from './placement';
import type { Graph, Reply, Request, Session, Tensors } from './session';

/** The inference thread as the rest of the process sees it. */
export interface Inference {
  /** Execution providers in order of preference. */
  readonly providers: readonly string[];
  /**
   * `on`: these providers instead of all; `profile`: where its nodes run is written down until `placement` is asked for.
   * @throws backend_unavailable when no provider of the list takes the file
   */
  load(
    name: string,
    path: string,
    options?: { on?: readonly string[]; profile?: boolean },
  ): Promise<{ graph: Graph; session: Session }>;
  /** Where the nodes of a session that was loaded with `profile` have run so far. To be asked once. */
  placement(name: string): Promise<Placement>;
  /** Lets the run in progress end, then ends the thread. */
  close(): Promise<void>;
}

/** Threads start from compiled files; under a TypeScript loader (tests) that is the build's output. */
function threadFile(): string {
  const folder = __filename.endsWith('.ts') ? join(__dirname, '../../dist/runtime') : __dirname;
  return join(folder, 'inference-thread.js');
}

export function createInference({ providers, threads }: { providers: readonly string[]; threads: number }): Inference {
  // An exception that leaves the thread has no handler here on purpose: the sessions are gone with it, and a process that
  // could only fail from now on had better end and be started anew.
  const worker = new Worker(threadFile(), { name: 'inference' });
  const pending = new Map<number, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>();
  let calls = 0;
  let gone: AppError | null = null;

  const fail = (cause: unknown) => {
    gone = new AppError('internal_error', 'The inference thread ended.', { cause });
    for (const { reject } of pending.values()) reject(gone);
    pending.clear();
  };
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', (code) => {
      fail(new Error(`inference thread exited with ${code}`));
      resolve();
    });
  });
  worker.on('message', (reply: Reply) => {
    const waiting = pending.get(reply.call);
    pending.delete(reply.call);
    if (reply.kind === 'failed')
      waiting?.reject(new AppError(reply.code, undefined, { cause: new Error(reply.detail) }));
    else waiting?.resolve(reply);
  });

  function call(request: Request & { call: number }, transfer: ArrayBuffer[]): Promise<Reply> {
    if (gone !== null) return Promise.reject(gone);
    return new Promise((resolve, reject) => {
      pending.set(request.call, { resolve, reject });
      worker.postMessage(request, transfer);
    });
  }

  async function run(name: string, inputs: Tensors, outputs: readonly string[]): Promise<Tensors> {
    const buffers = Object.values(inputs).map((tensor) => tensor.data.buffer);
    const reply = await call({ kind: 'run', call: ++calls, name, inputs, outputs }, buffers);
    return reply.kind === 'ran' ? reply.outputs : {};
  }

  return {
    providers,
    async load(name, path, { on = providers, profile = false } = {}) {
      const request = { kind: 'load', call: ++calls, name, path, providers: on, threads, profile } as const;
      const reply = await call(request, []);
      if (reply.kind !== 'loaded') throw new AppError('internal_error');
      return { graph: reply.graph, session: { run: (inputs, outputs) => run(name, inputs, outputs) } };
    },
    async placement(name) {
      const reply = await call({ kind: 'end profile', call: ++calls, name }, []);
      if (reply.kind !== 'placed') throw new AppError('internal_error');
      return reply.placement;
    },
    async close() {
      if (gone === null) worker.postMessage({ kind: 'close' } satisfies Request);
      await exited;
    },
  };
}
