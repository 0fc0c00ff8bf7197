/**
 * `npm run models:score -- --photos DIR --mattes DIR --backgrounds DIR [--renders DIR …] [--models ID …] [--out DIR]`: every
 * installed model and the methods without weights on the same inputs; see README.md beside this file. Needs a build, and a
 * Python with models/training/requirements.txt (`PYTHON` names it; default python3).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const bench = join(here, '../../packages/pipeline/dist/bench');
const one = { type: 'string' };
const several = { type: 'string', multiple: true };
const { values } = parseArgs({
  options: {
    ...{
      photos: one,
      mattes: one,
      backgrounds: one,
      store: one,
      lpips: one,
      count: one,
      cases: one,
      'models-dir': one,
    },
    ...{ renders: several, models: several, only: several, out: { type: 'string', default: 'scoreboard' } },
  },
});
const { photos, mattes, backgrounds, cases, ...rest } = values;
if (!photos || !mattes || !backgrounds) {
  console.error('models:score: --photos, --mattes and --backgrounds are needed; see models/score/README.md');
  process.exit(2);
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`${command} ended with ${status ?? error}`);
}

/** Options as arguments again. */
function argumentsOf(options) {
  return Object.entries(options).flatMap(([name, value]) =>
    [value].flat().flatMap((text) => (text === undefined ? [] : [`--${name}`, text])),
  );
}

const scratch = cases === undefined ? mkdtempSync(join(tmpdir(), 'packshot-score-')) : resolve(cases);
try {
  if (cases === undefined) {
    const folders = argumentsOf({ photos, mattes, backgrounds, out: scratch });
    run(process.env.PYTHON ?? 'python3', [join(here, 'cases.py'), ...folders]);
  }
  run(process.execPath, [join(bench, 'score/main.js'), ...argumentsOf({ ...rest, photos, mattes, cases: scratch })]);
  run(process.execPath, [join(bench, 'contact-sheet.js'), photos, join(rest.out, 'contact-sheet.jpg')]);
} finally {
  if (cases === undefined) rmSync(scratch, { recursive: true, force: true });
}
