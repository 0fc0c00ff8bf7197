/**
 * `npm run scoreboard -- --photos DIR --mattes DIR --backgrounds DIR`: every compact model's figures against its baselines,
 * as Markdown. The cut-out is scored as the product makes it, refinement included. Needs a build, and a Python with
 * requirements.txt (`PYTHON` names it; default python3).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const folder = { type: 'string' };
const { values } = parseArgs({ options: { photos: folder, mattes: folder, backgrounds: folder } });
const { photos, mattes, backgrounds } = values;
if (!photos || !mattes || !backgrounds) {
  console.error('scoreboard: --photos, --mattes and --backgrounds are needed; see models/training/README.md');
  process.exit(2);
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: here, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`${command} ended with ${status ?? error}`);
}

const alphas = mkdtempSync(join(tmpdir(), 'packshot-alphas-'));
try {
  run(process.execPath, [join(here, '../../packages/pipeline/dist/bench/cutouts.js'), resolve(photos), alphas]);
  const folders = ['--photos', photos, '--mattes', mattes, '--backgrounds', backgrounds].map((argument) =>
    argument.startsWith('--') ? argument : resolve(argument),
  );
  run(process.env.PYTHON ?? 'python3', ['-m', 'scoreboard', ...folders, '--alphas', alphas]);
} finally {
  rmSync(alphas, { recursive: true, force: true });
}
