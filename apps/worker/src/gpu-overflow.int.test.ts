import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter } from 'node:path';
import { text } from 'node:stream/consumers';
import type { ItemRecord } from '@packshot/jobs';
import { listWorkers } from '@packshot/jobs';
import { poll, productPhoto } from '@packshot/testing';
import { OVERFLOW_NOTE } from './engine/cpu-overflow';
import { PATIENCE_MS, Workbench } from './testing/workbench';

jest.setTimeout(4 * PATIENCE_MS);

let bench: Workbench;
beforeEach(async () => {
  bench = await Workbench.open({ LOCK_SECONDS: '30' });
  // Stands in for the program of that name: says what the file `percent` holds.
  await mkdir(bench.path('bin'));
  await writeFile(bench.path('bin/nvidia-smi'), STAND_IN.replace('FILE', bench.path('percent')));
  await chmod(bench.path('bin/nvidia-smi'), 0o755);
});
afterEach(() => bench.close());

const STAND_IN = `#!/bin/sh
case "$1" in
  *utilization.gpu) echo "0, GPU-1, $(cat FILE)" ;;
  *) echo "0, Stand-in, 1, 1" ;;
esac
`;

async function denoised(): Promise<ItemRecord> {
  const job = await bench.submit([await productPhoto({ width: 96, height: 64 })], { pipeline: { denoise: true } });
  const [item] = await bench.ended(job);
  return item as ItemRecord;
}

/** Waits until the worker says that of its engine on the CPU. */
const overflowIs = (state: 'not_needed_yet' | 'started') =>
  poll(async () => (await listWorkers(bench.jobs.store))[0]?.engine?.cpu_overflow === state, {
    timeoutMs: PATIENCE_MS,
    what: `the report that the engine on the CPU is ${state}`,
  });

test('while the GPU is busy items go to the CPU, and their results say so; when it is not they no longer do', async () => {
  await writeFile(bench.path('percent'), '20');
  const PATH = `${bench.path('bin')}${delimiter}${process.env.PATH}`;
  await bench.startWorkerProcess({ PATH, PROVIDERS: 'cuda,cpu', GPU_BUSY_FRACTION: '0.8' }, null);
  expect((await denoised()).notes).toEqual([]);
  await overflowIs('not_needed_yet');

  await writeFile(bench.path('percent'), '95');
  const moved = await poll(
    async () => {
      const item = await denoised();
      return item.notes.includes(OVERFLOW_NOTE) && item;
    },
    { timeoutMs: PATIENCE_MS, what: 'an item on the CPU' },
  );
  expect(moved).toMatchObject({ status: 'succeeded', attempts: 1, stages: [{ name: 'denoise', provider: 'cpu' }] });
  const provenance = `jobs/${moved.jobId}/${moved.id}/1/result.json`;
  expect(JSON.parse(await text((await bench.storage.get(provenance)).body)).notes).toEqual([OVERFLOW_NOTE]);
  await overflowIs('started');

  await writeFile(bench.path('percent'), '20');
  const back = async () => (await denoised()).notes.length === 0;
  await poll(back, { timeoutMs: PATIENCE_MS, what: 'an item on the GPU again' });
});
