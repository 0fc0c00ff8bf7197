import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AppError } from '@packshot/contracts';
import { findWeights } from '@packshot/pipeline';
import type { Context } from '../context';
import { findRecord } from './records';

interface ConvertOptions {
  fp16?: boolean;
  int8?: boolean;
  calibration?: string;
  out?: string;
}

/** Hands a model's file to the Python tool of `models/export`, which knows graphs; the result is imported like any file. */
export async function convertModel(
  { config, output, signal }: Context,
  id: string,
  options: ConvertOptions,
): Promise<void> {
  const kind = kindOf(options);
  const record = await findRecord(config, id);
  const weights = await findWeights({ modelsDir: config.MODELS_DIR, storeDir: config.MODELS_STORE }, record);
  if (weights.main === undefined)
    throw new AppError('invalid_request', `${id} is not of one graph; convert its files one by one.`);
  await requirePython(config.PYTHON, config.MODELS_DIR);
  const script = join(config.MODELS_DIR, 'export', 'convert.py');
  if (!existsSync(script)) throw new AppError('invalid_request', `There is no ${script}.`);
  const out = resolve(options.out ?? `${id}-${kind}.onnx`);
  const recordFile = join(config.MODELS_DIR, 'registry', `${id}.json`);
  const args = [script, weights.main.path, '--out', out, `--${kind}`];
  if (existsSync(recordFile)) args.push('--record', recordFile);
  if (options.calibration !== undefined) args.push('--calibration', resolve(options.calibration));
  // Its own words go to standard error: standard output is for the answer.
  const child = spawn(config.PYTHON, args, { stdio: ['ignore', 2, 2], signal });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new AppError('internal_error', `The conversion ended with code ${code}.`);
  output.result(
    { model: id, kind, file: out },
    `${out}\npackshot models import ${out} --contract ${id} --id ${id}-${kind}`,
  );
}

function kindOf({ fp16, int8, calibration }: ConvertOptions): 'fp16' | 'int8' {
  if (fp16 === int8) throw new AppError('invalid_request', 'Either --fp16 or --int8.');
  if (int8 && calibration === undefined) {
    throw new AppError('invalid_request', '--int8 needs --calibration with a folder of pictures like those to come.');
  }
  return fp16 ? 'fp16' : 'int8';
}

async function requirePython(python: string, modelsDir: string): Promise<void> {
  const child = spawn(python, ['-c', 'import onnx, onnxruntime'], { stdio: 'ignore' });
  const code = await once(child, 'close').then(
    ([ended]) => ended as number | null,
    () => null,
  );
  if (code === 0) return;
  const requirements = join(modelsDir, 'export', 'requirements.txt');
  throw new AppError(
    'backend_unavailable',
    `Converting needs Python with the packages of ${requirements}: python3 -m venv .packshot/python && ` +
      `.packshot/python/bin/pip install -r ${requirements}, then PYTHON=.packshot/python/bin/python`,
  );
}
