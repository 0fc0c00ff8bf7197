/**
 * `npm start`: everything from a fresh clone to a served API, with Node and npm alone. It never changes the system, keeps its
 * data under .packshot/, and leaves no process behind.
 *
 *   npm start                 serve until Ctrl-C
 *   npm start -- --once       put the sample photos through, then stop; exit code 1 when one failed
 *   npm start -- --no-sample  serve without the samples
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installAndBuild } from './install.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const began = Date.now();
const say = (text) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)}s  ${text}`);

function requireNode() {
  const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node.replace('>=', '');
  const [have, want] = [process.versions.node, wanted].map((version) => version.split('.').map(Number));
  const older = have[0] < want[0] || (have[0] === want[0] && have[1] < want[1]);
  if (older) throw new Error(`Packshot needs Node ${wanted} or newer; this is ${process.versions.node}.`);
}

try {
  requireNode();
  const known = ['--once', '--no-sample'];
  const unknown = process.argv.slice(2).find((argument) => !known.includes(argument));
  if (unknown) throw new Error(`Unknown argument ${unknown}; known: ${known.join(', ')}.`);
  await installAndBuild(root, say);
  const { serve } = await import('./serve.mjs');
  await serve({ root, say, once: process.argv.includes('--once'), sample: !process.argv.includes('--no-sample') });
} catch (error) {
  console.error(`packshot: ${error.message}`);
  process.exit(1);
}
