const { appendFileSync, existsSync, writeFileSync } = require('node:fs');
const { readFile, writeFile } = require('node:fs/promises');
const { createHash } = require('node:crypto');
const { join } = require('node:path');
const { setTimeout: delay } = require('node:timers/promises');
const { AppError } = require('@packshot/contracts');

/**
 * A runner that does what its input says: eight bytes of PNG signature, then a script as JSON.
 *
 * { do: 'succeed' | 'crash' | 'hang' | 'spin' | 'fail' | 'wait' | 'eat',
 *   code     error code for 'fail', and for the end of a 'wait'
 *   until    file whose existence ends a 'wait', which makes progress meanwhile
 *   ms       time after which a 'wait' ends by itself
 *   mb       memory that 'eat' takes and keeps, in MiB; with `hold` it never ends
 *   once     file: behave like that only if it does not exist (it is made), else succeed
 *   models   ids of the models that the item needs, each a byte large
 *   journal  file that gets a line of JSON at start and end: name, event, pid, device, models (those that are loaded) }
 *
 * It does not start when the models folder holds a file named `broken`. The model `giant` is never loaded, `fatal` ends the
 * process that loads it.
 */
const kept = [];
const loaded = new Set();
let options;

class ModelSetFull extends Error {
  constructor(models) {
    super('full');
    this.models = models;
  }
}

async function createRunner(given) {
  options = given;
  if (existsSync(join(options.modelsDir, 'broken'))) throw new AppError('model_mismatch');
  for (const id of [...options.needed, ...options.modelSet, ...options.required]) if (fits([id])) load(id);
  return { info, run, close: async () => {} };
}

function fits(models) {
  return !models.includes('giant') && new Set([...loaded, ...models]).size <= options.modelMemoryBytes;
}

function load(id) {
  if (id === 'fatal') process.kill(process.pid, 'SIGSEGV');
  loaded.add(id);
}

function prepareModels(models) {
  if (!fits(models)) throw new ModelSetFull(models);
  for (const id of models) load(id);
}

function info() {
  const costs = {
    codec: 0,
    stages: { denoise: 0, deblur: 0, shadow: 0, contrast: 0, background: 0, upscale: 0, compose: 0 },
    models: {},
  };
  const versions = { onnxruntime: '0', sharp: '0' };
  const models = [...loaded].map((id) => ({ id, task: 'denoise', sha256: '0', provider: 'cpu', memoryBytes: 1 }));
  const memory = { memoryBytes: loaded.size, leftOut: [] };
  return { provider: 'cpu', providers: options.providers, threads: 1, ...versions, models, ...memory, costs };
}

async function run({ inputPath, outputDir, notes, watermark, signal, onProgress }) {
  const bytes = await readFile(inputPath);
  const script = JSON.parse(bytes.subarray(8).toString());
  prepareModels(script.models ?? []);
  const note = (event) => {
    if (script.journal) {
      const device = process.env.CUDA_VISIBLE_DEVICES;
      const entry = { name: script.name, event, pid: process.pid, device, models: [...loaded].sort() };
      appendFileSync(script.journal, `${JSON.stringify(entry)}\n`);
    }
  };
  note('start');
  onProgress({ stage: 'decode', fraction: 0 });
  const spent = script.once !== undefined && existsSync(script.once);
  if (script.once !== undefined && !spent) writeFileSync(script.once, '');
  if (!spent) await act(script, signal, onProgress);
  note('end');
  return report(outputDir, bytes, { notes, watermark, models: script.models ?? [] });
}

async function act(script, signal, onProgress) {
  if (script.do === 'crash') process.kill(process.pid, 'SIGSEGV');
  if (script.do === 'hang' || script.do === 'crash') await new Promise(() => {});
  if (script.do === 'spin') for (;;);
  if (script.do === 'fail') throw new AppError(script.code);
  if (script.do === 'bug') throw new TypeError('nobody foresaw this');
  if (script.do === 'eat') kept.push(Buffer.alloc(script.mb * 2 ** 20, 1));
  if (script.do === 'eat' && script.hold) await new Promise(() => {});
  if (script.do !== 'wait') return;
  const end = performance.now() + (script.ms ?? Number.POSITIVE_INFINITY);
  for (let turn = 1; performance.now() < end && !existsSync(script.until ?? ''); turn++) {
    if (signal.aborted) throw new AppError('canceled');
    onProgress({ stage: 'background', fraction: turn / (turn + 100) });
    await delay(10);
  }
  if (script.code) throw new AppError(script.code);
}

async function report(outputDir, bytes, { notes, watermark, models }) {
  const path = join(outputDir, 'result.png');
  await writeFile(path, bytes);
  await writeFile(join(outputDir, 'result.json'), '{}');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const facts = { content_type: 'image/png', width: 1, height: 1, bytes: bytes.length, sha256 };
  return {
    input: { ...facts, orientation: 1, icc: null, has_alpha: false, bits: 8 },
    result: { ...facts, path },
    mask: null,
    also: {},
    subject: null,
    lint: [],
    stages: [],
    timings_ms: { decode: 1, infer: 2, encode: 3 },
    notes: [...notes, ...(watermark ? ['watermarked'] : [])],
    watermark,
    models: models.map((id) => ({ id, sha256: '0' })),
  };
}

module.exports = { createRunner, ModelSetFull };
