import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from '../run';

const repositoryModels = resolve(__dirname, '../../../../models');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packshot-convert-'));
  for (const part of ['registry', 'compact']) {
    await cp(join(repositoryModels, part), join(folder, 'models', part), { recursive: true });
  }
  await writeFile(join(folder, 'models/compact/compact-upscale.onnx'), 'spoilt');
});
afterAll(() => rm(folder, { recursive: true }));

async function convert(...args: string[]): Promise<{ code: number; output: string }> {
  let output = '';
  const stream = { write: (text: string) => (output += text) };
  const env = {
    MODELS_DIR: join(folder, 'models'),
    MODELS_STORE: join(folder, 'store'),
    PYTHON: join(folder, 'no-python'),
  };
  const { signal } = new AbortController();
  const code = await run(['models', 'convert', ...args], { env, stdout: stream, stderr: stream, signal });
  return { code, output };
}

it.each([
  ['neither form', ['compact-cutout'], 'Either --fp16 or --int8'],
  ['both forms', ['compact-cutout', '--fp16', '--int8'], 'Either --fp16 or --int8'],
  ['eight bits without pictures', ['compact-cutout', '--int8'], '--int8 needs --calibration'],
  ['pictures that are not there', ['compact-cutout', '--int8', '--calibration', '/nowhere'], 'no folder /nowhere'],
  ['a folder to write to that is not there', ['compact-cutout', '--fp16', '--out', '/nowhere/a.onnx'], 'no folder'],
  ['a model that nobody knows', ['compact-cutup', '--fp16'], 'There is no model compact-cutup'],
])('ends with 2 when asked for %s, before it looks for Python', async (_, args, words) => {
  expect(await convert(...args)).toEqual({ code: 2, output: expect.stringContaining(words) });
});

it('ends with 1 when the model is not installed, and says what to do', async () => {
  expect(await convert('u2netp', '--fp16')).toEqual({
    code: 1,
    output: expect.stringContaining('packshot models pull u2netp'),
  });
});

it('ends with 4 when the file is not the one of the record', async () => {
  expect(await convert('compact-upscale', '--fp16')).toEqual({
    code: 4,
    output: expect.stringContaining('not the one its record names'),
  });
});

it('ends with 1 when Python or its packages are missing, says what to install, and writes nothing', async () => {
  expect(await convert('compact-cutout', '--fp16', '--out', join(folder, 'half.onnx'))).toEqual({
    code: 1,
    output: expect.stringMatching(/Converting needs Python with the packages of .*requirements\.txt/),
  });
  expect(await readdir(folder)).toEqual(['models']);
});
