import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { z } from 'zod';
import type { ModelRecord, modelRecordSchema } from '../models/record';

const graphs = resolve(__dirname, '../../fixtures/graphs');

type WrittenRecord = z.input<typeof modelRecordSchema>;

/** A record over one of the tiny graphs of fixtures/graphs. */
export function fixtureRecord(
  graph: string,
  task: ModelRecord['task'],
  input: Partial<WrittenGraph['inputs'][number]>,
  output: Partial<WrittenGraph['outputs'][number]>,
  rest: Partial<WrittenRecord> & Pick<WrittenRecord, 'size'>,
): WrittenRecord {
  const bytes = readFileSync(join(graphs, `${graph}.onnx`));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const channels = output.role === 'image' ? 3 : 1;
  return {
    id: graph,
    task,
    description: graph,
    architecture: 'fixture',
    licence: { spdx: 'Apache-2.0', commercial: true },
    files: [{ role: 'main', path: 'model.onnx', bundled: `${graph}.onnx`, bytes: bytes.length, sha256 }],
    graphs: {
      main: {
        inputs: [{ role: 'image', dims: [1, 3, 'h', 'w'], ...input }],
        outputs: [{ role: 'alpha', dims: [1, channels, 'H', 'W'], ...output }],
      },
    },
    ...(task === 'background' ? { refine: 'guided' as const } : {}),
    ...rest,
  };
}

type WrittenGraph = NonNullable<NonNullable<WrittenRecord['graphs']>['main']>;

/** A models folder with the tiny graphs and these records; nothing is installed beside it. */
export async function modelsFolder(records: readonly WrittenRecord[]) {
  const folder = mkdtempSync(join(tmpdir(), 'packshot-graphs-'));
  await cp(graphs, folder, { recursive: true });
  await mkdir(join(folder, 'registry'));
  for (const record of records) await writeFile(join(folder, 'registry', `${record.id}.json`), JSON.stringify(record));
  return { modelsDir: folder, storeDir: join(folder, 'store'), remove: () => rm(folder, { recursive: true }) };
}
