import { parentPort } from 'node:worker_threads';
import type { Reply, Request } from './session';
import { endProfile, loadSession, releaseSessions, runSession } from './sessions';

/**
 * The body of the one thread that owns all sessions. ONNX Runtime blocks the JavaScript thread that calls it; here that
 * holds up nothing but the next run. Requests are worked off strictly one after another.
 */
const port = parentPort;
if (port === null) throw new Error('this file is the body of a worker thread');

const OUT_OF_MEMORY =
  /out.?of.?memory|out_of_(host|device)_memory|bad_?alloc|failed to allocate|cudaErrorMemoryAllocation|(CUBLAS|CUDNN)_STATUS_ALLOC/i;

let turn: Promise<void> = Promise.resolve();
port.on('message', (request: Request) => {
  turn = turn.then(() => answer(request));
});

function send(reply: Reply, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(reply, transfer);
}

async function answer(request: Request): Promise<void> {
  if (request.kind === 'close') {
    await releaseSessions();
    port?.close();
    return;
  }
  const { call } = request;
  try {
    if (request.kind === 'load') {
      const graph = await loadSession(request.name, request.path, request);
      send({ kind: 'loaded', call, graph });
    } else if (request.kind === 'end profile') {
      send({ kind: 'placed', call, placement: endProfile(request.name) });
    } else {
      const outputs = await runSession(request.name, request.inputs, request.outputs);
      send(
        { kind: 'ran', call, outputs },
        Object.values(outputs).map((tensor) => tensor.data.buffer),
      );
    }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const failed = request.kind === 'load' ? 'backend_unavailable' : 'internal_error';
    send({ kind: 'failed', call, code: OUT_OF_MEMORY.test(detail) ? 'out_of_memory' : failed, detail });
  }
}
