import { licenceAccepted, type ModelRecord, readInstalled } from '@packshot/pipeline';
import type { Context } from '../context';
import { megabytes } from '../output';
import { bytesOf, stateOf } from './list';
import { findRecord } from './records';

/** Everything that is known of one model. */
export async function showModel({ config, output }: Context, id: string): Promise<void> {
  const record = await findRecord(config, id);
  const store = config.MODELS_STORE;
  const state = await stateOf(store, record);
  const accepted = await licenceAccepted(store, record);
  const installed = await readInstalled(store, id);
  output.result({ ...record, state, licence_accepted: accepted, installed }, describe(record, state, accepted));
}

function describe(record: ModelRecord, state: string, accepted: boolean): string {
  const { licence } = record;
  const bytes = bytesOf(record);
  const terms = [
    licence.commercial ? '' : 'no commercial use',
    licence.accept ? (accepted ? 'accepted' : `to be accepted: --accept-license ${licence.spdx}`) : '',
  ].filter(Boolean);
  const graphs = Object.entries(record.graphs).flatMap(([role, graph]) => [
    ...(graph?.inputs ?? []).map(
      (port) =>
        `  ${role} takes ${port.role}: ${port.type} [${port.dims.join(', ')}]${port.optional ? ', not in every export' : ''}`,
    ),
    ...(graph?.outputs ?? []).map((port) => `  ${role} gives ${port.role}: ${port.type} [${port.dims.join(', ')}]`),
  ]);
  const files = record.files.flatMap((file) => [
    `  ${file.path}  ${file.bytes === null ? 'size not known' : megabytes(file.bytes)}  ${checksum(file)}`,
    ...file.urls.map((url) => `    ${url}`),
  ]);
  return [
    `${record.id}: ${record.description}`,
    `task      ${record.task}, ${record.architecture}`,
    `state     ${state}${record.reason === undefined ? '' : `: ${record.reason}`}`,
    `licence   ${licence.spdx}${terms.length > 0 ? ` (${terms.join('; ')})` : ''}${licence.note ? `. ${licence.note}` : ''}`,
    `packs     ${record.packs.join(', ') || 'none'}`,
    `size      ${bytes === null ? 'not known' : megabytes(bytes)}`,
    ...(files.length > 0 ? ['files', ...files] : []),
    ...(graphs.length > 0 ? ['contract', ...graphs] : []),
    ...(record.notes.length > 0 ? ['notes', ...record.notes.map((note) => `  ${note}`)] : []),
  ].join('\n');
}

function checksum({ sha256, md5 }: ModelRecord['files'][number]): string {
  if (sha256 !== null) return `sha256 ${sha256}`;
  return md5 === null ? 'unpinned: nobody has published its checksum' : `md5 ${md5}`;
}
