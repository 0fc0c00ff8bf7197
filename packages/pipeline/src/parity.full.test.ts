import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const root = resolve(__dirname, '../../..');
const exporter = join(root, 'models/export');
const samples = join(root, 'infra/embedded/samples');
const photos = ['caps_cap_01', 'jeans_man_jeans_01', 't-shirts_man_t-shirt_01'].map((name) =>
  join(samples, `${name}.jpg`),
);
const MODELS = [
  'nafnet-sidd-w32',
  'nafnet-gopro-w32',
  'realesrgan-x4plus',
  'realesrgan-x2plus',
  'realesr-general-x4v3',
  'u2net',
  'isnet-general-use',
  'birefnet-general',
  'rmbg-2.0',
];

let python: string;
beforeAll(() => {
  // Fails in words of its own where Python or its packages cannot be had.
  execFileSync(join(exporter, 'make-venv.sh'), { stdio: ['ignore', 'inherit', 'inherit'] });
  python = process.env.PYTHON ?? join(root, '.packshot/python/bin/python');
  expect(existsSync(python)).toBe(true);
}, 900_000);

interface Comparison {
  model: string;
  fault: string;
  as_expected: boolean;
  found: unknown;
}

async function compare(model: string): Promise<Comparison[]> {
  const child = spawn(python, ['-m', 'parity.run_parity', '--only', model, ...photos], {
    cwd: exporter,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const found: Comparison[] = [];
  for await (const line of createInterface({ input: child.stdout })) found.push(JSON.parse(line));
  await closed;
  return found;
}

it('is run for every model that the comparison knows', () => {
  const known = execFileSync(python, ['-m', 'parity.run_parity', '--list'], { cwd: exporter, encoding: 'utf8' });
  expect(known.trim().split('\n')).toEqual(MODELS);
});

it.each(MODELS)(
  'answers for %s as a reference from its paper does, and not when a fault is planted',
  async (model) => {
    const found = await compare(model);
    expect(found.map(({ fault }) => fault)).toEqual(
      expect.arrayContaining(['none', 'wrong mean', 'swapped channels', 'dropped block', 'wrong padding']),
    );
    expect(found.filter(({ as_expected }) => !as_expected)).toEqual([]);
  },
  600_000,
);

it('exports networks that have the parameters of the published ones, and random weights that hide nothing', () => {
  execFileSync(python, ['-m', 'unittest', 'test_networks'], { cwd: exporter, stdio: ['ignore', 'inherit', 'inherit'] });
}, 300_000);
