import { gpusOf, listDevices } from './devices';
import { parseRows } from './nvidia-smi';

const fail = (error: unknown) => {
  throw error;
};

describe('the devices of a worker', () => {
  test('are read from what nvidia-smi prints', () => {
    expect(gpusOf(parseRows('0, NVIDIA H200, 1024, 2048\n1, NVIDIA H200, 0, 3072\n'))).toEqual([
      { id: 'cuda:0', kind: 'gpu', name: 'NVIDIA H200', memory_used_bytes: 2 ** 30, memory_free_bytes: 2 ** 31 },
      { id: 'cuda:1', kind: 'gpu', name: 'NVIDIA H200', memory_used_bytes: 0, memory_free_bytes: 3 * 2 ** 30 },
    ]);
  });

  test('are the processor alone without a GPU provider', async () => {
    const [cpu, ...others] = await listDevices(['cpu'], fail);
    expect(others).toEqual([]);
    expect(cpu).toMatchObject({ id: 'cpu', kind: 'cpu' });
    expect(cpu?.memory_used_bytes).toBeGreaterThan(0);
  });
});
