import { AppError } from '@packshot/contracts';
import { MODEL_PACKS, type ModelRecord, readInstalled } from '@packshot/pipeline';
import type { Context } from '../context';
import { megabytes, table } from '../output';
import { allRecords } from './records';

type State = 'ships with packshot' | 'installed' | 'not installed' | 'not supported';

/** Every model that Packshot knows, one line each. */
export async function listModels(
  { config, output }: Context,
  { installed, pack }: { installed?: boolean; pack?: string },
): Promise<void> {
  if (pack !== undefined && !MODEL_PACKS.some((name) => name === pack)) {
    throw new AppError('invalid_request', `There is no pack ${pack}; there are ${MODEL_PACKS.join(', ')}.`);
  }
  const rows: { record: ModelRecord; state: State }[] = [];
  for (const record of await allRecords(config)) {
    if (pack !== undefined && !record.packs.some((name) => name === pack)) continue;
    const state = await stateOf(config.MODELS_STORE, record);
    if (installed && state !== 'installed' && state !== 'ships with packshot') continue;
    rows.push({ record, state });
  }
  const values = rows.map(({ record, state }) => ({
    id: record.id,
    task: record.task,
    state,
    bytes: bytesOf(record),
    licence: record.licence.spdx,
    accept: record.licence.accept,
    packs: record.packs,
  }));
  const lines = values.map(({ id, task, state, bytes, licence, accept, packs }) => [
    id,
    task,
    state,
    bytes === null ? 'not known' : megabytes(bytes),
    accept ? `${licence} (to be accepted)` : licence,
    packs.join(' '),
  ]);
  output.result({ models: values }, table(['MODEL', 'TASK', 'STATE', 'SIZE', 'LICENCE', 'PACKS'], lines));
}

export async function stateOf(store: string, record: ModelRecord): Promise<State> {
  if (!record.supported) return 'not supported';
  if (record.files.every((file) => file.bundled !== undefined)) return 'ships with packshot';
  return (await readInstalled(store, record.id)) === null ? 'not installed' : 'installed';
}

/** Null when the size of any file is not known before it is fetched. */
export function bytesOf({ files }: ModelRecord): number | null {
  return files.length === 0 || files.some(({ bytes }) => bytes === null)
    ? null
    : files.reduce((sum, file) => sum + (file.bytes ?? 0), 0);
}
