import { readPlacement, usedProviders } from './placement';

const node = (provider: string, bytes: number) => ({
  cat: 'Node',
  name: 'Conv_kernel_time',
  dur: 1,
  args: { provider, output_size: String(bytes) },
});
const session = { cat: 'Session', name: 'model_run', dur: 99, args: {} };

it('tells by the bytes they wrote where nodes ran', () => {
  const profile = [session, node('CUDAExecutionProvider', 700), node('CPUExecutionProvider', 300)];
  expect(readPlacement(JSON.stringify(profile))).toEqual({ cuda: 0.7, cpu: 0.3 });
});

it('calls a provider used, best first, when any graph of the model ran there', () => {
  expect(usedProviders([{ cpu: 1 }, { cuda: 0.4, tensorrt: 0.6 }])).toEqual(['tensorrt', 'cuda', 'cpu']);
});

it('does not count the few bytes of sizes and indices, which are always computed on the CPU', () => {
  expect(usedProviders([{ cuda: 0.995, cpu: 0.005 }])).toEqual(['cuda']);
});
