import { mkdtempSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInference, type Inference } from './inference';
import type { Session } from './session';

const cutout = resolve(__dirname, '../../../../models/compact/compact-cutout.onnx');
const input = (side = 288) => ({
  rgb: { data: new Float32Array(3 * side * side).fill(0.5), dims: [1, 3, side, side] },
});

describe('the inference thread', () => {
  let inference: Inference;
  let session: Session;
  // The thread has the environment of its start.
  const { TMPDIR } = process.env;
  const temporary = mkdtempSync(join(tmpdir(), 'packshot-inference-'));
  beforeAll(async () => {
    process.env.TMPDIR = temporary;
    inference = createInference({ providers: ['cpu'], threads: 1 });
    ({ session } = await inference.load('cutout', cutout));
  });
  afterAll(async () => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    await inference.close();
    await rm(temporary, { recursive: true });
  });

  it('tells what a graph takes and gives', async () => {
    const { graph } = await inference.load('again', cutout);
    expect(graph).toEqual({
      provider: 'cpu',
      runtime: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      inputs: [{ name: 'rgb', type: 'float32', dims: [1, 3, 288, 288] }],
      outputs: [{ name: 'alpha', type: 'float32', dims: [1, 1, 288, 288] }],
    });
  });

  it('leaves the event loop free while it runs', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await session.run(input(), ['alpha']);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(1);
  });

  it('answers every run, in order', async () => {
    const order: number[] = [];
    await Promise.all([0, 1, 2, 3].map((i) => session.run(input(), ['alpha']).then(() => order.push(i))));
    expect(order).toEqual([0, 1, 2, 3]);
  });

  it('takes the input buffer away instead of copying it', async () => {
    const given = input();
    await session.run(given, ['alpha']);
    expect(given.rgb.data.byteLength).toBe(0);
  });

  it('fails a run of the wrong shape with a code, and runs on', async () => {
    await expect(session.run(input(64), ['alpha'])).rejects.toMatchObject({ code: 'internal_error' });
    expect((await session.run(input(), ['alpha'])).alpha?.data.length).toBe(288 * 288);
  });

  it('tells where the nodes of a profiled session really ran, once, and leaves no file behind, whenever it ends', async () => {
    const profiled = await inference.load('profiled', cutout, { profile: true });
    expect(await readdir(temporary)).toEqual([]);
    await profiled.session.run(input(), ['alpha']);
    expect(await inference.placement('profiled')).toEqual({ cpu: 1 });
    expect(await readdir(temporary)).toEqual([]);
    await expect(inference.placement('profiled')).rejects.toMatchObject({ code: 'internal_error' });
    expect(await profiled.session.run(input(), ['alpha'])).toHaveProperty('alpha');
  });

  it('refuses a file that is no graph', async () => {
    await expect(inference.load('text', __filename)).rejects.toMatchObject({ code: 'backend_unavailable' });
  });
});

it('answers what comes after its end with an error, and nothing waits for ever', async () => {
  const inference = createInference({ providers: ['cpu'], threads: 1 });
  const { session } = await inference.load('cutout', cutout);
  const last = session.run(input(), ['alpha']);
  await inference.close();
  await expect(last).resolves.toHaveProperty('alpha');
  await expect(session.run(input(), ['alpha'])).rejects.toMatchObject({ message: 'The inference thread ended.' });
  await inference.close();
});
