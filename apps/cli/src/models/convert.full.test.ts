import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from '../run';

const root = resolve(__dirname, '../../../..');
const exporter = join(root, 'models/export');
const samples = join(root, 'infra/embedded/samples');

let folder: string;
let python: string;
beforeAll(async () => {
  // Fails in words of its own where Python or its packages cannot be had.
  execFileSync(join(exporter, 'make-venv.sh'), { stdio: ['ignore', 'inherit', 'inherit'] });
  python = process.env.PYTHON ?? join(root, '.packshot/python/bin/python');
  folder = await mkdtemp(join(tmpdir(), 'packshot-convert-'));
}, 900_000);
afterAll(() => rm(folder, { recursive: true }));

async function packshot(...args: string[]) {
  let output = '';
  const stream = { write: (text: string) => (output += text) };
  const env = { MODELS_STORE: join(folder, 'store'), PYTHON: python };
  const { signal } = new AbortController();
  const code = await run(['models', ...args, '--json'], { env, stdout: stream, stderr: stream, signal });
  return { code, answer: JSON.parse(output.slice(output.indexOf('{'))) };
}

describe.each([
  ['fp16', ['--fp16']],
  ['int8', ['--int8', '--calibration', samples]],
])('packshot models convert to %s', (kind, options) => {
  it('writes a smaller model that is imported and run like any other', async () => {
    const out = join(folder, `${kind}.onnx`);
    const id = `compact-cutout-${kind}`;
    expect(await packshot('convert', 'compact-cutout', ...options, '--out', out)).toEqual({
      code: 0,
      answer: { model: 'compact-cutout', kind, file: out },
    });
    const imported = await packshot('import', out, '--contract', 'compact-cutout', '--id', id);
    expect(imported).toMatchObject({ code: 0, answer: { contract: 'compact-cutout', model: { id } } });
    expect(imported.answer.model.files[0].bytes).toBeLessThan(0.6 * 9_850_512);
    expect(await packshot('bench', id, '--runs', '1')).toMatchObject({
      code: 0,
      answer: { graphs: [{ provider: 'cpu', inputs: ['[1, 3, 288, 288]'] }] },
    });
  }, 300_000);

  it('is refused for what is small already', async () => {
    const out = join(folder, 'smaller.onnx');
    expect(await packshot('convert', `compact-cutout-${kind}`, '--fp16', '--out', out)).toMatchObject({
      code: 4,
      answer: { error: { code: 'model_mismatch' } },
    });
  });
});

it('converts what somebody imported, by the record that was made for it', async () => {
  const published = join(root, 'models/compact/compact-cutout.onnx');
  const imported = await packshot('import', published, '--contract', 'compact-cutout', '--id', 'mine');
  expect(imported).toMatchObject({ code: 0, answer: { model: { id: 'mine' } } });
  expect(await packshot('convert', 'mine', '--fp16', '--out', join(folder, 'mine.onnx'))).toMatchObject({ code: 0 });
}, 300_000);

it('ends with 2 when the pictures cannot be read, and leaves no file', async () => {
  const spoilt = join(folder, 'spoilt');
  await mkdir(spoilt);
  await writeFile(join(spoilt, 'a.png'), 'no picture');
  const out = join(spoilt, 'out.onnx');
  expect(await packshot('convert', 'compact-cutout', '--int8', '--calibration', spoilt, '--out', out)).toMatchObject({
    code: 2,
    answer: { error: { code: 'invalid_request' } },
  });
});

it('keeps what models compute: half precision only where it holds, eight bits close, nothing that does not compute', () => {
  execFileSync(python, ['-m', 'unittest', 'test_convert'], { cwd: exporter, stdio: ['ignore', 'inherit', 'inherit'] });
}, 300_000);
