import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageManager, root, workspaces } from './workspaces';

/** Warnings that an install may print, each with the reason it is harmless. */
const HARMLESS: readonly RegExp[] = [
  // npm tells of settings of the machine it runs on, which are not ours.
  /npm warn Unknown (user|env|global|builtin|cli) config/i,
];

function install(cwd: string, home: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('npx', ['--yes', packageManager(), 'install', '--frozen-lockfile'], {
      cwd,
      env: { PATH: process.env.PATH, HOME: home, ONNXRUNTIME_NODE_INSTALL: 'skip', CI: '1', LANG: 'C.UTF-8' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    child.on('error', reject);
    child.on('exit', (code) => resolve({ code, output }));
  });
}

it('installs from the lockfile into an empty folder with an empty home, without a warning', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'packshot-install-'));
  const home = join(folder, 'home');
  const clone = join(folder, 'clone');
  try {
    mkdirSync(home);
    for (const file of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml'])
      cpSync(join(root, file), join(clone, file));
    for (const workspace of workspaces) {
      cpSync(join(root, workspace, 'package.json'), join(clone, workspace, 'package.json'));
    }
    const { code, output } = await install(clone, home);
    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
    const warnings = output.split('\n').filter((line) => /\bwarn(ing)?\b|deprecated|ERR_/i.test(line));
    expect(warnings.filter((line) => !HARMLESS.some((harmless) => harmless.test(line)))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 300_000);
