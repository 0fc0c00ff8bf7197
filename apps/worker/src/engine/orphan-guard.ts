import { workerData } from 'node:worker_threads';

/**
 * A thread of the engine process that ends it when the worker is gone (an orphan gets another parent), even while the
 * main thread computes and cannot notice.
 */
const CHECK_INTERVAL_MS = 500;
const { parentPid } = workerData as { parentPid: number };

setInterval(() => {
  if (process.ppid !== parentPid) process.kill(process.pid, 'SIGKILL');
}, CHECK_INTERVAL_MS);
