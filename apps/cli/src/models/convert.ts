import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { AppError, type ErrorCode } from '@packshot/contracts';
import { findWeights, type ModelRecord } from '@packshot/pipeline';
import type { Context } from '../context';
import { EXIT } from '../exit-codes';
import { findRecord } from './records';

interface ConvertOptions {
  fp16?: boolean;
  int8?: boolean;
  calibration?: string;
  out?: string;
}

/** What the conversion's own exit codes mean; it has said why. */
const FAULTS: Readonly<Record<number, ErrorCode>> = {
  [EXIT.usage]: 'invalid_request',
  [EXIT.mismatch]: 'model_mismatch',
};

/**
 * Hands a model's file to the Python tool of `models/export`, which knows graphs; the result is imported like any file.
 * @throws invalid_request, model_not_installed, licence_not_accepted; model_mismatch when the file is another one or its
 * smaller form computes nothing; backend_unavailable without Python
 */
export async function convertModel(context: Context, id: string, options: ConvertOptions): Promise<void> {
  const { config, output } = context;
  const kind = kindOf(options);
  const record = await findRecord(config, id);
  const out = resolve(options.out ?? `${id}-${kind}.onnx`);
  const calibration = options.calibration === undefined ? undefined : resolve(options.calibration);
  await requireFolder(dirname(out));
  if (calibration !== undefined) await requireFolder(calibration);
  const weights = await findWeights({ modelsDir: config.MODELS_DIR, storeDir: config.MODELS_STORE }, record);
  if (weights.main === undefined)
    throw new AppError('invalid_request', `${id} has several graphs; only models of one graph are converted.`);
  await requirePython(config.PYTHON, config.MODELS_DIR);
  const args = [weights.main.path, '--out', out, `--${kind}`];
  if (calibration !== undefined) args.push('--calibration', calibration);
  await withRecordFile(record, (path) => runConversion(context, [...args, '--record', path]));
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

async function requireFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (!found?.isDirectory()) throw new AppError('invalid_request', `There is no folder ${path}.`);
}

/** For the tool, which normalises pictures by it; models that somebody imported have their records elsewhere. */
async function withRecordFile<T>(record: ModelRecord, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'packshot-record-'));
  try {
    const path = join(folder, 'record.json');
    await writeFile(path, JSON.stringify(record));
    return await use(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function runConversion({ config, signal }: Context, args: readonly string[]): Promise<void> {
  const script = join(config.MODELS_DIR, 'export', 'convert.py');
  // Its own words go to standard error: standard output is for the answer.
  const child = spawn(config.PYTHON, [script, ...args], { stdio: ['ignore', 2, 2], signal });
  const [code] = await once(child, 'close');
  if (code === 0) return;
  throw new AppError(FAULTS[code] ?? 'internal_error', `The conversion ended with code ${code}.`);
}

async function requirePython(python: string, modelsDir: string): Promise<void> {
  const child = spawn(python, ['-c', 'import onnx, onnxruntime, PIL'], { stdio: 'ignore' });
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
