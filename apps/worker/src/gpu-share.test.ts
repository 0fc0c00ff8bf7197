import { sharesOf } from './gpu-share';
import { parseRows } from './nvidia-smi';

test('how busy GPUs are is read from what nvidia-smi prints, by index and UUID; what is not known is left out', () => {
  const shares = sharesOf(parseRows('0, GPU-a, 37\n1, GPU-b, [N/A]\n2, GPU-c, 100\n\n'));
  expect(Object.fromEntries(shares)).toEqual({ 0: 0.37, 'GPU-a': 0.37, 2: 1, 'GPU-c': 1 });
});
