import { createHash } from 'node:crypto';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, startProcess, startRedis, type TestProcess, type TestRedis } from '@packshot/testing';
import { type BuiltStage, buildImage } from './testing/build-image';

/**
 * The images of the API and the worker, built as far as that goes without a container engine: their COPY and RUN lines are
 * carried out in a scratch folder, and what comes out is started. Not carried out: the base images (this machine's Node
 * stands in), system packages, and the GPU image, which would fetch gigabytes.
 */
const root = join(__dirname, '../..');
const scratch = mkdtempSync(join(tmpdir(), 'packshot-images-'));
let api: BuiltStage;
let worker: BuiltStage;
let redis: TestRedis;
const running: TestProcess[] = [];

beforeAll(async () => {
  redis = await startRedis({ own: true });
  api = await buildImage(join(__dirname, 'api.Dockerfile'), root, join(scratch, 'api'));
  worker = await buildImage(join(__dirname, 'worker.Dockerfile'), root, join(scratch, 'worker'));
}, 600_000);

afterAll(async () => {
  await Promise.all(running.map((child) => child.stop()));
  await redis?.stop();
  rmSync(scratch, { recursive: true, force: true });
}, 60_000);

/** Runs one of the image's commands with the image's environment, and nothing of ours but what is given. */
async function run(image: BuiltStage, [command = '', ...args]: string[], env: Record<string, string> = {}) {
  const ours = Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]));
  const child = await startProcess(command === 'node' ? process.execPath : command, {
    args,
    cwd: join(image.root, image.workdir),
    env: { ...ours, PATH: process.env.PATH, ...image.env, ...env },
  });
  running.push(child);
  return child;
}

const packages = (image: BuiltStage) => readdirSync(join(image.root, 'app/node_modules/.pnpm'));

/** All files of ours in the image, without those of dependencies. */
function* ownFiles(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    if (name === 'node_modules') continue;
    const path = join(folder, name);
    if (lstatSync(path).isDirectory()) yield* ownFiles(path);
    else yield path;
  }
}

it('says which steps were not carried out here', () => {
  expect(api.notExecuted).toEqual([]);
  expect(worker.notExecuted).toEqual([
    'apt-get update && apt-get install -y --no-install-recommends libjemalloc2 && rm -rf /var/lib/apt/lists/*',
    'install -d -o 1000 -g 1000 -m 700 /var/spool/packshot',
  ]);
});

it('keeps image libraries and ONNX Runtime out of the API', () => {
  expect(packages(api).filter((name) => /sharp|onnx/.test(name))).toEqual([]);
  expect(packages(worker).filter((name) => /^(sharp|onnxruntime-node)@/.test(name))).toHaveLength(2);
});

it.each(['api', 'worker'])('leaves sources, tests and development tools out of the %s', (name) => {
  const image = name === 'api' ? api : worker;
  const files = [...ownFiles(join(image.root, 'app'))];
  expect(files.length).toBeGreaterThan(50);
  expect(files.filter((file) => /\.test\.|(?<!\.d)\.ts$|\/src\/|tsbuildinfo|\.env/.test(file))).toEqual([]);
  expect(packages(image).filter((tool) => /^(typescript|jest|turbo|@biomejs|@swc)/.test(tool))).toEqual([]);
});

it('brings every model of the registry whose weights are in the repository, unchanged', () => {
  const names = (folder: string) => readdirSync(join(folder, 'models/registry')).filter((name) => /\.json$/.test(name));
  const app = join(worker.root, 'app');
  expect(names(root).length).toBeGreaterThan(0);
  expect(names(app).sort()).toEqual(names(root).sort());
  const records = names(app).map((name) => JSON.parse(readFileSync(join(app, 'models/registry', name), 'utf8')));
  const bundled = records.flatMap(({ files }) => files ?? []).filter((file) => file.bundled !== undefined);
  expect(bundled.length).toBeGreaterThan(0);
  for (const { bundled: path, sha256 } of bundled) {
    const bytes = readFileSync(join(app, 'models', path));
    expect({ path, sha256: createHash('sha256').update(bytes).digest('hex') }).toEqual({ path, sha256 });
  }
});

it.each(['api', 'worker'])(
  'starts the %s far enough to say what it lacks',
  async (name) => {
    const image = name === 'api' ? api : worker;
    const child = await run(image, image.command);
    expect(await child.exited).toEqual({ code: 1, signal: null });
    expect(child.output()).toContain('REDIS_URL');
  },
  30_000,
);

it('refuses to serve the network without keys', async () => {
  const child = await run(api, api.command, { REDIS_URL: redis.url });
  expect(await child.exited).toEqual({ code: 1, signal: null });
  expect(child.output()).toContain('API_KEYS');
}, 30_000);

it('takes a photo through both, and both say that they are healthy', async () => {
  const settings = { REDIS_URL: redis.url, STORAGE_DIR: join(scratch, 'objects'), HOST: '127.0.0.1', PORT: '0' };
  const workerSettings = { ...settings, SPOOL_DIR: join(scratch, 'spool') };

  const early = await run(worker, worker.healthcheck, workerSettings);
  expect((await early.exited).code).toBe(1);
  expect(early.output()).toContain('no worker on');

  const server = await run(api, api.command, settings);
  const engine = await run(worker, worker.command, workerSettings);
  const port = /:(\d+)$/.exec(await server.waitForLine(/listening on/, 20_000))?.[1] ?? '';
  const check = await run(api, api.healthcheck, { ...settings, PORT: port });
  expect({ ...(await check.exited), output: check.output() }).toEqual({ code: 0, signal: null, output: '' });

  const base = `http://127.0.0.1:${port}`;
  const studio = await (await fetch(`${base}/studio`)).text();
  const script = /src="([^"]+\.js)"/.exec(studio)?.[1];
  expect((await fetch(base + script)).status).toBe(200);
  const form = new FormData();
  form.set('pipeline', JSON.stringify({ background: true }));
  form.append('files', new Blob([samplePhoto()]), 'photo.jpg');
  const response = await fetch(`${base}/jobs`, { method: 'POST', body: form });
  expect(response.status).toBe(202);
  const { id } = (await response.json()) as { id: string };
  const view = async () => (await (await fetch(`${base}/jobs/${id}`)).json()) as { status: string };
  await eventually(
    async () => expect({ ...(await view()), log: engine.output() }).toMatchObject({ status: 'succeeded' }),
    { timeoutMs: 180_000, intervalMs: 200 },
  );

  const late = await run(worker, worker.healthcheck, workerSettings);
  await late.exited;
  expect(late.output()).toMatch(/^worker_\S+ is ready/m);
  expect(await late.exited).toEqual({ code: 0, signal: null });
}, 240_000);

function samplePhoto(): Buffer {
  const samples = join(root, 'infra/embedded/samples');
  const name = readdirSync(samples).find((file) => file.endsWith('.jpg'));
  return readFileSync(join(samples, name ?? ''));
}
