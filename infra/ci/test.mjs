/**
 * `npm test` and `npm run test:full`: everything that decides whether a change is good, from a bare checkout with Node and
 * npm. The last line printed is `N passed, N failed`; the exit code is non-zero when anything failed.
 *
 *     node infra/ci/test.mjs [--full] [--skip-install] [jest arguments…]
 *
 * `--full` runs the long suites too. Each check before the tests counts as one test; a suite that cannot run counts as one
 * that failed. Everything runs to the end, except that nothing is tried without installed packages.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = [20, 19, 0];

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const { packageManager } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const args = process.argv.slice(2);
const full = args.includes('--full');
const skipInstall = args.includes('--skip-install');
const jestArguments = args.filter((arg) => arg !== '--full' && arg !== '--skip-install');

/** npm and pnpm keep their caches in the home; without one npm names a folder `~` to its children. */
function homeOfOurOwn() {
  if (process.env.HOME) return {};
  const home = join(root, '.packshot/home');
  return { HOME: home, npm_config_cache: join(home, '.npm'), npm_config_userconfig: join(home, '.npmrc') };
}

const environment = {
  ...process.env,
  CI: '1',
  ...homeOfOurOwn(),
  ONNXRUNTIME_NODE_INSTALL: 'skip',
  TURBO_TELEMETRY_DISABLED: '1',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  TEST_TIER: full ? 'full' : 'normal',
};

/** Runs a command in the foreground, its output passed through; gives its exit code, 1 when it could not start. */
function run(command, commandArguments) {
  console.log(`\n> ${command} ${commandArguments.join(' ')}`);
  return new Promise((done) => {
    const child = spawn(command, commandArguments, {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.once('error', (error) => {
      console.error(String(error));
      done(1);
    });
    child.once('exit', (code) => done(code ?? 1));
  });
}

/** pnpm in the version that package.json pins, without being installed. */
const pnpm = (...pnpmArguments) => run('npx', ['--yes', packageManager, ...pnpmArguments]);

/** A program of the root's node_modules. */
const local = (name) => join(root, 'node_modules', '.bin', name);

function checkNode() {
  const version = process.versions.node.split('.').map(Number);
  const older = OLDEST_NODE.findIndex((least, index) => version[index] !== least);
  if (older < 0 || version[older] > OLDEST_NODE[older]) return true;
  console.error(`Node ${OLDEST_NODE.join('.')} or newer is needed; this is ${process.versions.node}.`);
  return false;
}

/** What Jest wrote about its run as `{ passed, failed }`. Without a report the run itself has failed. */
async function readReport(path, exitCode) {
  let report;
  try {
    report = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    console.error(`Jest left no report: ${error.message}`);
    return { passed: 0, failed: 1 };
  }
  const passed = report.numPassedTests;
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  // Without a filter nothing may be left out.
  const skipped = jestArguments.length === 0 ? report.numPendingTests + report.numTodoTests : 0;
  if (skipped > 0) console.error(`${skipped} tests were skipped: that counts as failed.`);
  const faults = failed + skipped;
  // For example a coverage threshold, or an open handle: Jest complains of something that is no test.
  return { passed, failed: exitCode !== 0 && faults === 0 ? 1 : faults };
}

/**
 * Unpacks the S3 server that the tests start where neither Docker nor a named server is at hand: at its first use that takes
 * longer than a test may wait. No check of its own: without a server the suites that need it fail.
 */
async function prepareS3() {
  if (environment.TEST_S3_ENDPOINT !== undefined || (await run('docker', ['version'])) === 0) return;
  await run('bash', [join(root, 'packages/testing/swift/install.sh'), join(root, '.packshot/swift')]);
}

async function runJest() {
  const folder = await mkdtemp(join(tmpdir(), 'packshot-report-'));
  try {
    const path = join(folder, 'jest.json');
    const code = await run(local('jest'), ['--ci', '--json', `--outputFile=${path}`, ...jestArguments]);
    return await readReport(path, code);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const CHECKS = [
  // Through pnpm, which turbo looks for on the PATH.
  ['build', () => pnpm('exec', 'turbo', 'run', 'build', '--output-logs=errors-only')],
  // The build leaves tests out, and Jest removes types without checking them.
  ['types of the tests', () => run(local('tsc'), ['-p', 'infra/ci/tsconfig.tests.json'])],
  ['lint', () => run(local('biome'), ['check', '--error-on-warnings', '.'])],
  ['nothing unused', () => run(local('knip'), [])],
];

async function main() {
  if (!checkNode()) return { passed: 0, failed: 1 };
  if (!skipInstall && (await pnpm('install', '--frozen-lockfile')) !== 0) {
    return { passed: 0, failed: 1 };
  }
  const total = { passed: 0, failed: 0 };
  for (const [name, check] of CHECKS) {
    const good = (await check()) === 0;
    if (!good) console.error(`${name} failed`);
    total[good ? 'passed' : 'failed'] += 1;
  }
  await prepareS3();
  const tests = await runJest();
  return { passed: total.passed + tests.passed, failed: total.failed + tests.failed };
}

const { passed, failed } = await main();
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
