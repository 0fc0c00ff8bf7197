import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError } from '@packshot/contracts';
import { digestFile, importModel, type ModelRecord, modelRecordSchema } from '@packshot/pipeline';
import type { Context } from '../context';
import { megabytes } from '../output';
import { checkGraphs, inferContract } from './match-contract';
import { allRecords, findRecord } from './records';

interface ImportOptions {
  id?: string;
  contract?: string;
  denoise?: string;
  acceptLicense: readonly string[];
}

/** Where each file of a model lies, by its path in the record. */
export type Sources = ReadonlyMap<string, string>;

/**
 * Installs what somebody already has. The published file of a record, told by its checksum, becomes that model. Any other must
 * match a contract, named or inferred, and becomes a model of its own under --id, unless nobody knows the record's checksum.
 */
export async function importModels(context: Context, path: string, options: ImportOptions): Promise<void> {
  const { config, output } = context;
  const found = await stat(path).catch(() => null);
  if (found === null) throw new AppError('invalid_request', `There is no ${path}.`);
  const records = await allRecords(config);
  const contract =
    options.contract !== undefined
      ? await findRecord(config, options.contract)
      : (records.find((record) => record.id === options.id) ??
        (await inferContract(context, records, path, found.isDirectory())));
  if (!contract.supported) throw new AppError('invalid_request', `${contract.id}: ${contract.reason ?? ''}`);
  const sources = await locate(contract, resolve(path), found.isDirectory());
  const digests = await digestAll(sources);
  const published = contract.files.every(({ path: name, sha256 }) => digests.get(name)?.sha256 === sha256);
  if (!published) await checkGraphs(context, contract, sources);
  const own = ownId(contract, records, options.id, published);
  const strength = parseStrength(contract, own, options.denoise);
  const record = own === null ? contract : ownRecord({ ...contract, denoise: strength }, own, digests);
  const accepted = options.acceptLicense;
  const installed = await importModel(config.MODELS_STORE, record, sources, { accepted, own: own !== null });
  const bytes = installed.files.reduce((sum, file) => sum + file.bytes, 0);
  const as = own === null ? '' : `, with the contract of ${contract.id}`;
  output.result({ model: installed, contract: contract.id }, `${record.id} is installed (${megabytes(bytes)})${as}`);
}

/** A folder holds a model's files under their paths or their bare names; the others of a single file lie beside it. */
async function locate(record: ModelRecord, path: string, isFolder: boolean): Promise<Sources> {
  const [main] = record.files;
  if (main === undefined) throw new AppError('invalid_request', `${record.id} has no files.`);
  const folder = isFolder ? path : dirname(path);
  const sources = new Map<string, string>();
  for (const file of record.files) {
    const places = [join(folder, file.path), join(folder, basename(file.path))];
    if (!isFolder && (file === main || basename(path) === basename(file.path))) places.unshift(path);
    const onlyOne = isFolder || file === main || record.files.length > 1 ? places : [path];
    const existing = [];
    for (const place of onlyOne) if ((await stat(place).catch(() => null))?.isFile()) existing.push(place);
    const [first] = existing;
    if (first === undefined) {
      throw new AppError('invalid_request', `${record.id} also needs ${file.path}; it is not in ${folder}.`);
    }
    sources.set(file.path, first);
  }
  return sources;
}

type Digests = ReadonlyMap<string, { bytes: number; sha256: string }>;

async function digestAll(sources: Sources): Promise<Digests> {
  const digests = new Map<string, { bytes: number; sha256: string }>();
  for (const [name, source] of sources) {
    const { bytes, sha256 } = await digestFile(source);
    digests.set(name, { bytes, sha256 });
  }
  return digests;
}

/** Null when the file becomes the very model whose contract it has. */
function ownId(
  contract: ModelRecord,
  records: readonly ModelRecord[],
  id: string | undefined,
  published: boolean,
): string | null {
  const unpinned = contract.files.every(({ sha256, md5 }) => sha256 === null && md5 === null);
  if ((id === undefined || id === contract.id) && (published || unpinned)) return null;
  if (id === undefined || id === contract.id) {
    const why = `This is not the published file of ${contract.id}, though it has its contract.`;
    throw new AppError('invalid_request', `${why} To keep it as a model of its own: --id NAME`);
  }
  if (records.some((record) => record.id === id))
    throw new AppError('invalid_request', `There is a model ${id} already.`);
  return id;
}

/** Of a mix of two networks, which its file does not tell. Without one it is that of the contract. */
function parseStrength(
  { id, denoise }: ModelRecord,
  own: string | null,
  asked: string | undefined,
): ModelRecord['denoise'] {
  if (asked === undefined) return denoise;
  const strength = Number(asked);
  if (asked.trim() === '' || !(strength >= 0 && strength <= 1)) {
    throw new AppError('invalid_request', '--denoise is a strength from 0 to 1.');
  }
  if (denoise === undefined) throw new AppError('invalid_request', `${id} does not take noise out by degrees.`);
  if (own === null && strength !== denoise) {
    throw new AppError('invalid_request', `${id} takes noise out by ${denoise}; another strength needs --id NAME.`);
  }
  return strength;
}

function ownRecord(contract: ModelRecord, id: string, digests: Digests): ModelRecord {
  const files = contract.files.map(({ role, path }) => ({ role, path, ...digests.get(path), urls: [] }));
  const { fallback: _, ...facts } = contract;
  const description = `brought by its user, with the contract of ${contract.id}`;
  const notes = ['Imported; with the files at hand: import it again.'];
  const parsed = modelRecordSchema.safeParse({ ...facts, id, default: false, packs: [], description, files, notes });
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new AppError('invalid_request', `${id} does not make a model record: ${issues}`);
}
