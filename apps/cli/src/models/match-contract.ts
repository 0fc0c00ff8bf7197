import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { AppError } from '@packshot/contracts';
import {
  bindGraph,
  createInference,
  digestFile,
  type Graph,
  type GraphContract,
  type ModelRecord,
} from '@packshot/pipeline';
import type { Context } from '../context';
import type { Sources } from './import';

/**
 * Loads every graph of a model and compares it with the record.
 * @throws model_mismatch with what was expected and what was found
 */
export async function checkGraphs(context: Context, record: ModelRecord, sources: Sources): Promise<void> {
  for (const [role, contract] of Object.entries(record.graphs) as [string, GraphContract][]) {
    const file = record.files.find((candidate) => candidate.role === role);
    const path = sources.get(file?.path ?? '') ?? '';
    await withGraph(context, path, (graph) => bindGraph(record, contract, graph, NEVER_RUN));
  }
}

/**
 * The record that a file is of: by its checksum, else by its inputs and outputs, if only one contract fits.
 * @throws invalid_request when several do, model_mismatch when none does
 */
export async function inferContract(
  context: Context,
  records: readonly ModelRecord[],
  path: string,
  isFolder: boolean,
): Promise<ModelRecord> {
  const supported = records.filter((record) => record.supported);
  if (isFolder) return inferFromNames(supported, await readdir(path));
  const { sha256 } = await digestFile(path);
  const known = supported.find(({ files }) => files.some((file) => file.sha256 === sha256));
  if (known !== undefined) return known;
  return withGraph(context, path, (graph) => {
    const fitting = supported.filter(
      (record) => record.graphs.main !== undefined && fits(record, record.graphs.main, graph),
    );
    const [first] = fitting;
    if (first === undefined) {
      throw new AppError('model_mismatch', `${basename(path)} fits no record. ${describe(graph)}`);
    }
    if (new Set(fitting.map(contractOf)).size > 1) {
      const ids = fitting.map(({ id }) => id).join(', ');
      throw new AppError(
        'invalid_request',
        `${basename(path)} may be of several kinds; name one by --contract: ${ids}`,
      );
    }
    return first;
  });
}

/** A model of several files is told by their names. */
function inferFromNames(records: readonly ModelRecord[], names: readonly string[]): ModelRecord {
  const fitting = records.filter(({ files }) => files.every((file) => names.includes(basename(file.path))));
  const [first] = fitting;
  if (first !== undefined && fitting.length === 1) return first;
  const ids = fitting.map(({ id }) => id).join(', ');
  const why = ids === '' ? 'The folder holds the files of no model by their names' : `The folder may be one of ${ids}`;
  throw new AppError('invalid_request', `${why}; say which by --contract.`);
}

function fits(record: ModelRecord, contract: GraphContract, graph: Graph): boolean {
  try {
    bindGraph(record, contract, graph, NEVER_RUN);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'model_mismatch') return false;
    throw error;
  }
}

/** What decides how a picture is put in and read out. */
function contractOf({ task, graphs, size }: ModelRecord): string {
  return JSON.stringify([task, graphs, size]);
}

const NEVER_RUN = { run: () => Promise.reject(new Error('only the contract is looked at')) };

async function withGraph<T>({ config }: Context, path: string, use: (graph: Graph) => T): Promise<T> {
  const inference = createInference({ providers: ['cpu'], threads: config.THREADS });
  try {
    const { graph } = await inference.load(path, path).catch((error: Error) => {
      const detail = error.cause instanceof Error ? error.cause.message : error.message;
      throw new AppError('model_mismatch', `${basename(path)} is no graph that can be loaded: ${detail}`, {
        cause: error,
      });
    });
    return use(graph);
  } finally {
    await inference.close();
  }
}

function describe({ inputs, outputs }: Graph): string {
  const list = (ports: Graph['inputs']) =>
    ports.map(({ name, type, dims }) => `"${name}" ${type} [${dims.join(', ')}]`).join(', ');
  return `It takes ${list(inputs)} and gives ${list(outputs)}.`;
}
