/** Installs the locked dependencies and builds, when something changed since the last time. Node and npm are all it needs. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const hash = (parts) => createHash('sha256').update(parts.join('\n')).digest('hex');

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    // What builds and installs leave behind is no source.
    if (['node_modules', 'dist', '.turbo', 'tsconfig.tsbuildinfo'].includes(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

/** Runs a command; its output goes to `output`, and into the error when it fails. */
export function run(command, args, { cwd, env, output }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        text += chunk;
        output?.(String(chunk));
      });
    }
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (code === 0) resolve(text);
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code ?? signal}\n${text.slice(-4000)}`));
    });
  });
}

const QUIET = { ONNXRUNTIME_NODE_INSTALL: 'skip', TURBO_TELEMETRY_DISABLED: '1', CI: '1', NO_UPDATE_NOTIFIER: '1' };

/** The package manager, in the version package.json pins, without being installed. */
function pnpm(root, args) {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return run('npx', ['--yes', packageManager, ...args], { cwd: root, env: QUIET });
}

/** Step `name` of the set-up: runs `work` unless what it makes is there and `state` is what it was when it was made. */
async function step(root, name, { made, state }, work) {
  const stamp = join(root, '.packshot', `${name}.stamp`);
  const there = made.every((path) => existsSync(join(root, path)));
  if (there && existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return;
  await work();
  mkdirSync(join(root, '.packshot'), { recursive: true });
  writeFileSync(stamp, state);
}

export async function installAndBuild(root, say) {
  const lock = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8') + process.version;
  await step(root, 'install', { made: ['node_modules/.modules.yaml'], state: hash([lock]) }, async () => {
    say('installing dependencies (the first time takes about a minute)');
    await pnpm(root, ['install', '--frozen-lockfile']);
  });
  const sources = ['apps', 'packages'].flatMap((folder) => [...files(join(root, folder))]).sort();
  const state = hash([lock, ...sources.map((path) => `${path} ${statSync(path).size} ${statSync(path).mtimeMs}`)]);
  const made = ['api/dist/main.js', 'worker/dist/main.js', 'web/dist/index.html'].map((path) => `apps/${path}`);
  await step(root, 'build', { made, state }, async () => {
    say('building');
    // Through pnpm, because turbo looks for the package manager on the PATH.
    await pnpm(root, ['exec', 'turbo', 'run', 'build', '--output-logs=errors-only']);
  });
}
