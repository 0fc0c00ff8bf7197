import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '@packshot/testing';
import { findChromium } from './studio/browser';

/** The renderer of training pictures, on assets just large enough to start with. */
const ROOT = repositoryRoot();
const RENDERER = join(ROOT, 'models/training/cutout/renderer');
const PHOTO = join(ROOT, 'infra/embedded/samples/jeans_man_jeans_01.jpg');
const SIDE = 96;
const SAMPLES = 2;
const PATIENCE_MS = 900_000;
const PASSES = { 'fg.bin': 4, 'bg.bin': 3, 'clean.bin': 3 };

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'packshot-renderer-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function put(path: string, content: string | Buffer) {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

/** One triangle. */
function model(): string {
  const corners = Buffer.from(Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0).buffer);
  return JSON.stringify({
    asset: { version: '2.0' },
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0 }],
    meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }],
    accessors: [{ bufferView: 0, componentType: 5126, count: 3, type: 'VEC3', min: [0, 0, 0], max: [1, 1, 0] }],
    bufferViews: [{ buffer: 0, byteLength: corners.length }],
    buffers: [{ byteLength: corners.length, uri: `data:;base64,${corners.toString('base64')}` }],
  });
}

async function render(out: string, chromium: string): Promise<Map<string, Buffer>> {
  const assets = ['--assets', join(folder, 'assets'), '--backgrounds', join(folder, 'backgrounds')];
  const wish = [
    '--out',
    join(folder, out),
    '--count',
    `${SAMPLES}`,
    '--side',
    `${SIDE}`,
    '--seed',
    '3',
    '--kind',
    'person',
  ];
  await run('npm', ['run', 'render', '--', ...assets, ...wish, '--chromium', chromium], { cwd: RENDERER });
  const files = [...Object.keys(PASSES), 'meta.jsonl'];
  return new Map(
    await Promise.all(files.map(async (name) => [name, await readFile(join(folder, out, name))] as const)),
  );
}

it(
  'renders the same clothed people twice from the same seeds, byte for byte, each with its matte and its shadow',
  async () => {
    await put('assets/models/triangle/model.gltf', model());
    const size = '-Y 4 +X 8';
    await put(
      'assets/hdris/grey.hdr',
      Buffer.concat([Buffer.from(`#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n${size}\n`), Buffer.alloc(8 * 4 * 4, 128)]),
    );
    for (const path of [
      'assets/materials/Photo_1K_Color.jpg',
      'assets/materials/matcap.jpg',
      'backgrounds/photo.jpg',
    ]) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await copyFile(PHOTO, join(folder, path));
    }
    if (!existsSync(join(RENDERER, 'node_modules'))) await run('npm', ['ci', '--ignore-scripts'], { cwd: RENDERER });
    const chromium = await findChromium();

    const first = await render('first', chromium);
    const second = await render('second', chromium);

    for (const [name, channels] of Object.entries(PASSES)) {
      expect(first.get(name)).toHaveLength(SAMPLES * SIDE * SIDE * channels);
    }
    expect([...second.keys()].filter((name) => !second.get(name)?.equals(first.get(name) as Buffer))).toEqual([]);
    const alpha = first.get('fg.bin')?.filter((_, i) => i % 4 === 3) ?? Buffer.alloc(0);
    expect(alpha.filter((a) => a === 255).length).toBeGreaterThan(0.01 * alpha.length);
    expect(alpha.filter((a) => a === 0).length).toBeGreaterThan(0.01 * alpha.length);
  },
  PATIENCE_MS,
);
