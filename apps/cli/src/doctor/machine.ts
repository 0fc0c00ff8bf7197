import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { availableCpus, memoryLimit } from '@packshot/service';
import { bad, type Finding, ok, warn } from './check';

/** Decoding a large photo and the compact models take about this. */
const LEAST_MEMORY_BYTES = 2e9;

export function checkMachine(): Finding[] {
  return [checkNode(process.versions.node), checkMemory(memoryLimit())];
}

export function checkNode(version: string): Finding {
  const manifest = readFileSync(join(__dirname, '../../../../package.json'), 'utf8');
  const wanted = (JSON.parse(manifest) as { engines: { node: string } }).engines.node.replace('>=', '');
  const have = version.split('.').map(Number);
  const different = wanted
    .split('.')
    .map(Number)
    .findIndex((part, index) => part !== have[index]);
  const older = different >= 0 && (have[different] ?? 0) < Number(wanted.split('.')[different]);
  return older
    ? bad('Node', `this is ${version}`, `Packshot needs ${wanted} or newer: https://nodejs.org`)
    : ok('Node', `${version}, ${availableCpus()} processors`);
}

function checkMemory(bytes: number): Finding {
  const detail = `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes < LEAST_MEMORY_BYTES
    ? warn('memory', detail, 'Two GB or more are advisable; large photos and models need more.')
    : ok('memory', detail);
}
