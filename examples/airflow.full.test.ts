import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  productPhoto,
  repositoryRoot,
  startPackshot,
  startProcess,
  type TestPackshot,
  type TestProcess,
} from '@packshot/testing';

/** The DAG within Airflow itself, on a database of its own, with the client as it is published. */
const AIRFLOW = 'apache-airflow==3.3.2';

let folder: string;
let system: TestPackshot;
let running: TestProcess;

/** Ends with whatever the program printed, and how it ended. */
async function run(command: string, args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const env = {
    AIRFLOW_HOME: folder,
    AIRFLOW__CORE__LOAD_EXAMPLES: 'false',
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED: 'false',
    PACKSHOT_URL: system.url,
  };
  running = await startProcess(command, { args, cwd: folder, env });
  const { code } = await running.exited;
  return { code, output: running.output() };
}

async function succeed(command: string, ...args: string[]): Promise<string> {
  const { code, output } = await run(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}\n${output}`);
  return output;
}

const airflow = () => join(folder, 'venv/bin/airflow');
/** A whole run of the DAG. */
const runDag = () => {
  const conf = { source: join(folder, 'in'), target: join(folder, 'out'), preset: 'restore' };
  return run(airflow(), ['dags', 'test', 'photos', '--conf', JSON.stringify(conf)]);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packshot-airflow-'));
  await cp(join(__dirname, 'airflow'), join(folder, 'dags'), { recursive: true });
  await mkdir(join(folder, 'in'));
  system = await startPackshot();
  await succeed('python3', '-m', 'venv', join(folder, 'venv'));
  const client = join(repositoryRoot(), 'clients/python');
  await succeed(join(folder, 'venv/bin/python'), '-m', 'pip', 'install', '--quiet', AIRFLOW, client);
  await succeed(airflow(), 'db', 'migrate');
}, 1_200_000);
afterAll(async () => {
  await running?.stop();
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

it('is read by Airflow without a fault', async () => {
  await succeed(airflow(), 'dags', 'reserialize');
  expect(await succeed(airflow(), 'dags', 'list-import-errors', '--output', 'json')).toMatch(/^(\[\]|No data found)$/m);
  expect(await succeed(airflow(), 'dags', 'list', '--output', 'plain')).toMatch(/^photos /m);
}, 300_000);

it('processes a folder, what is new of it the next time, and fails with the name of what could not be processed', async () => {
  const photo = await productPhoto({ width: 64, height: 64 });
  await writeFile(join(folder, 'in/a.png'), photo);
  expect(await runDag()).toMatchObject({ code: 0 });
  expect(await readdir(join(folder, 'out'))).toEqual(['a.jpg']);

  await writeFile(join(folder, 'in/b.png'), photo);
  await writeFile(join(folder, 'in/broken.png'), photo.subarray(0, photo.length / 2));
  const { code, output } = await runDag();
  expect(output).toMatch(/1 of 2 photos failed:\s+broken.png: corrupt_image/);
  expect(code).not.toBe(0);
  expect((await readdir(join(folder, 'out'))).sort()).toEqual(['a.jpg', 'b.jpg']);
}, 600_000);
