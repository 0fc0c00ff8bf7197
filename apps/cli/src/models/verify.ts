import { AppError } from '@packshot/contracts';
import { verifyModel } from '@packshot/pipeline';
import type { Context } from '../context';
import { stateOf } from './list';
import { allRecords, findRecords } from './records';

const WORDS = {
  ok: 'ok',
  unpinned: 'as it came; nobody has published a checksum',
  missing: 'missing',
  damaged: 'damaged',
} as const;

/** Reads every byte of the named models, or of all that are here. @throws model_mismatch when any is not as it should be */
export async function verifyModels({ config, output }: Context, names: readonly string[]): Promise<void> {
  const store = config.MODELS_STORE;
  const records = names.length > 0 ? await findRecords(config, names) : [];
  for (const record of names.length > 0 ? [] : await allRecords(config)) {
    const state = await stateOf(store, record);
    if (state === 'installed' || state === 'ships with packshot') records.push(record);
  }
  const results = [];
  for (const record of records) {
    results.push({ id: record.id, files: await verifyModel(store, config.MODELS_DIR, record) });
  }
  const lines = results.flatMap(({ id, files }) =>
    files.map(({ path, state, detail }) => `${id}/${path}: ${WORDS[state]}${detail === null ? '' : ` (${detail})`}`),
  );
  const bad = results.filter(({ files }) => files.some(({ state }) => state === 'missing' || state === 'damaged'));
  output.result({ ok: bad.length === 0, models: results }, lines.join('\n'));
  if (bad.length > 0) {
    const ids = bad.map(({ id }) => id).join(' ');
    throw new AppError(
      'model_mismatch',
      `Not as they should be: ${ids}. \`packshot models pull\` mends what can be fetched.`,
    );
  }
}
