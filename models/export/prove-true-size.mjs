/**
 *     node models/export/prove-true-size.mjs [MODEL…]
 *
 * Every architecture at its true size, with random weights, which cost what trained ones cost: exported, imported through its
 * record as a user would, and run on a photo through the product's own pipeline. Prints a row of Markdown for each. One at a
 * time; what was exported is deleted again. Needs a build and .packshot/python (make-venv.sh), or PYTHON.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const python = process.env.PYTHON ?? join(root, '.packshot/python/bin/python');
const photo = join(root, 'infra/embedded/samples/jeans_man_jeans_01.jpg');

const MODELS = [
  'nafnet-sidd-w32',
  'nafnet-sidd-w64',
  'nafnet-gopro-w32',
  'shadowformer-istd',
  'realesrgan-x4plus',
  'realesrgan-x2plus',
  'realesrgan-x4plus-anime-6b',
  'realesr-general-x4v3',
  'realesr-animevideov3',
  'u2net',
  'u2netp',
  'isnet-general-use',
  'birefnet-general-lite',
  'birefnet-general',
  'birefnet-hr',
  'vitmatte-small',
  'vitmatte-base',
  'sam2.1-tiny',
  'sam2.1-small',
  'sam2.1-base-plus',
  'sam2.1-large',
];
/** A run takes more memory than a small machine has: that it loads, and its shapes, are seen all the same. */
const ONLY_LOADED = new Set(['birefnet-hr']);

/** The pipeline in which a model of a task does its work, on a photo of 1200 x 1600. */
const PIPELINES = {
  denoise: (model) => ({ denoise: { model } }),
  deblur: (model) => ({ deblur: { model } }),
  shadow: (model) => ({ shadow: { engine: 'model', model } }),
  background: (model) => ({ background: { model } }),
  upscale: (model, scale) => ({ upscale: { model, scale } }),
  matting: (model) => ({ background: { matting: 'vitmatte', matting_model: model } }),
  prompt: (model) => ({ background: { model, prompt: { points: [[600, 800, 1]] } } }),
};

function run(command, args, env = {}) {
  const { status, stdout, error } = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${error ?? status}`);
  return stdout.trim().split('\n').at(-1) ?? '';
}

/** Answers with the number of parameters. */
function exportRandom(id, folder) {
  // What the export usually compares is seen when the pipeline runs the file.
  const args = id.startsWith('sam2')
    ? [join(here, 'export_sam2.py'), id, '--random', '--previous-mask', '--out', folder]
    : [join(here, 'export.py'), id, '--random', '--load-only', '--out', join(folder, 'model.onnx')];
  return JSON.parse(run(python, args)).parameters;
}

function prove(id, folder) {
  const record = JSON.parse(readFileSync(join(root, 'models/registry', `${id}.json`), 'utf8'));
  const store = join(folder, 'store');
  const exported = mkdtempSync(join(folder, 'export-'));
  const parameters = exportRandom(id, exported);
  const bytes = readdirSync(exported).reduce((sum, name) => sum + statSync(join(exported, name)).size, 0);
  const own = `random-${id}`;
  const cli = [join(root, 'apps/cli/dist/main.js'), 'models', 'import', exported, '--contract', id, '--id', own];
  run(process.execPath, cli, { MODELS_STORE: store });
  rmSync(exported, { recursive: true });
  const facts = [`\`${id}\``, `${(parameters / 1e6).toFixed(1)} M`, `${Math.round(bytes / 1e6)}`];
  if (ONLY_LOADED.has(id)) return [...facts, 'only loaded', '–', '–', '–', '–'];
  const scale = record.graphs.main?.outputs[0]?.scale ?? 1;
  const pipeline = PIPELINES[record.task](own, scale);
  // More than one tile, so that they have to be joined, and not much more: the cost goes by the pixel.
  const longSide = record.size.policy === 'tile' ? ['--long-side', String(record.size.tile * 1.25)] : [];
  const bench = [join(root, 'packages/pipeline/dist/bench/one-photo.js'), photo, join(folder, 'out')];
  const answer = run(process.execPath, [...bench, JSON.stringify(pipeline), '--store', store, ...longSide]);
  const { input, models, loadSeconds, seconds, cpuSeconds, beforeMegabytes, peakMegabytes } = JSON.parse(answer);
  if (!models.includes(own)) throw new Error(`${id} did not run: ${answer}`);
  if (record.task === 'prompt' && !existsSync(join(folder, 'out/prompt-mask.txt'))) {
    throw new Error(`${id} takes no former mask`);
  }
  const times = [loadSeconds, seconds, cpuSeconds].map((value) => value.toFixed(1));
  return [...facts, input, ...times, `${peakMegabytes} (${beforeMegabytes} before)`];
}

const HEAD = ['model', 'parameters', 'MB', 'photo', 's to load and warm', 's', 'core seconds', 'peak MB'];
console.log(`| ${HEAD.join(' | ')} |\n|${' --- |'.repeat(HEAD.length)}`);
const wanted = process.argv.slice(2);
for (const id of wanted.length > 0 ? wanted : MODELS) {
  const folder = mkdtempSync(join(tmpdir(), 'packshot-true-size-'));
  try {
    console.log(`| ${prove(id, folder).join(' | ')} |`);
  } catch (error) {
    console.error(`${id}: ${error.message}`);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
