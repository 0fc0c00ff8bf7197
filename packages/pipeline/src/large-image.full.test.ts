import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const script = resolve(__dirname, '../dist/bench/large-image.js');

async function measure(megapixels: number, pipeline: object) {
  const { stdout } = await promisify(execFile)(process.execPath, [
    script,
    String(megapixels),
    JSON.stringify(pipeline),
  ]);
  return JSON.parse(stdout) as { result: string; peakMegabytes: number };
}

it('a 100-megapixel JPEG is denoised and cut out within 1.5 GB', async () => {
  const { peakMegabytes } = await measure(100, { denoise: true, background: true });
  expect(peakMegabytes).toBeLessThan(1500);
}, 3_600_000);

it('a 100-megapixel JPEG is cut out and composed with all there is within 1.5 GB', async () => {
  const { peakMegabytes } = await measure(100, {
    background: true,
    contrast: { smooth: 0.5, edges: 0.5 },
    compose: { margin: '2%', outline: { width: 40 }, shadow: { kind: 'ground' }, background: { blur: 0.03 } },
    output: { lint: ['amazon'], also: ['preview'] },
  });
  expect(peakMegabytes).toBeLessThan(1500);
}, 3_600_000);

it('a 48-megapixel JPEG passes all four stages', async () => {
  const { result } = await measure(48, { denoise: true, shadow: true, background: true, upscale: { scale: 2 } });
  expect(result).toBe('12000x16000');
}, 3_600_000);
