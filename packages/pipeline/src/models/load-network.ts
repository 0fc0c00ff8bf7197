import { AppError, type Prompt } from '@packshot/contracts';
import { promptedMask } from '../prompt/prompted-mask';
import type { Inference } from '../runtime/inference';
import { usedProviders } from '../runtime/placement';
import { joinProviders, wantsOneShape } from '../runtime/providers';
import type { Tensor } from '../runtime/session';
import { findWeights, type WeightPlaces } from '../runtime/weights';
import { bindGraph, NotFinite, runGraph } from './graph';
import { machineMemory, refuseWhatCannotFit } from './memory';
import { type GraphRole, type Network, runHere } from './network';
import type { GraphContract, GraphInput, ModelRecord } from './record';

/** Seconds. A model this slow is not run twice to be timed. */
const SLOW = 5;

/** A tiled model is warmed with less than a tile: enough to allocate and to measure, and the start stays short. */
const WARM_UP_SIDE = 256;

interface Source {
  inference: Inference;
  record: ModelRecord;
  weights: Awaited<ReturnType<typeof findWeights>>;
}

/**
 * Loads a record's files, checks them against their contracts, and runs them on a blank picture to warm and to time them. A
 * provider of the list is in use only when nodes of the model were seen to run there; otherwise the next is tried.
 * @throws model_not_available, model_not_installed, licence_not_accepted, model_mismatch, model_too_large for this machine,
 * out_of_memory, backend_unavailable when it runs on none of the providers, or leaves work to a CPU that is not on the list
 */
export async function loadNetwork(inference: Inference, places: WeightPlaces, record: ModelRecord): Promise<Network> {
  const weights = await findWeights(places, record);
  return loadOnFirst({ inference, record, weights }, inference.providers);
}

async function loadOnFirst(source: Source, providers: readonly string[]): Promise<Network> {
  const failures: { provider: string; error: AppError }[] = [];
  for (const [i, provider] of providers.entries()) {
    try {
      const network = await loadOn(source, provider);
      const rest = providers.slice(i + 1);
      return rest.length === 0 ? network : { ...network, next: once(() => loadOnFirst(source, rest)) };
    } catch (error) {
      const fault = AppError.from(error);
      // Another provider does not make another file of it.
      if (fault.code === 'model_mismatch') throw fault;
      failures.push({ provider, error: fault });
    }
  }
  throw runsNowhere(source.record, failures);
}

function runsNowhere({ id }: ModelRecord, failures: readonly { provider: string; error: AppError }[]): AppError {
  const reasons = failures.map(({ provider, error }) => `${provider}: ${withCause(error)}`);
  const cause = new Error(reasons.join('; '));
  const codes = new Set(failures.map(({ error }) => error.code));
  const [only, ...others] = codes;
  if (only === undefined || others.length > 0 || only === 'backend_unavailable') {
    const names = failures.map(({ provider }) => provider).join(', ');
    return new AppError('backend_unavailable', `The model ${id} does not run on ${names}.`, { cause });
  }
  return new AppError(only, failures[0]?.error.message, { cause });
}

function withCause(error: AppError): string {
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

/** What was loaded is kept; what failed is tried again when it is asked for again. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load().catch((error) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}

async function loadOn({ inference, record, weights }: Source, provider: string): Promise<Network> {
  if (provider === 'cpu') refuseWhatCannotFit(record, machineMemory());
  if (wantsOneShape(provider) && !hasOneShape(record)) {
    throw new AppError('backend_unavailable', `Pictures of many shapes enter ${record.id}.`);
  }
  const unmeasured = { runtime: '', sha256: '', seconds: 0, inputPixels: 0 };
  const network: Network = { record, provider, graphs: {}, oneShape: wantsOneShape(provider), ...unmeasured };
  const names: string[] = [];
  for (const [role, contract] of Object.entries(record.graphs) as [GraphRole, GraphContract][]) {
    const name = `${record.id}/${role}@${provider}`;
    // A prompt has as many points as the user clicked.
    const on = role === 'decoder' && wantsOneShape(provider) ? 'cuda' : provider;
    const { graph, session } = await inference.load(name, weights[role]?.path ?? '', { on: [on], profile: true });
    network.graphs[role] = bindGraph(record, contract, graph, session);
    network.sha256 ||= weights[role]?.sha256 ?? '';
    network.runtime = graph.runtime;
    names.push(name);
  }
  const { firstSeconds, again, pixels } = await warmUp(network);
  const placements = await Promise.all(names.map((name) => inference.placement(name)));
  const used = usedProviders(placements);
  refuseOther(network, used, inference.providers);
  const seconds = firstSeconds > SLOW ? firstSeconds : await again();
  return { ...network, provider: joinProviders(used), seconds, inputPixels: pixels };
}

function hasOneShape({ size }: ModelRecord): boolean {
  return size?.policy === 'stretch' || size?.policy === 'letterbox' || size?.policy === 'tile';
}

/** @throws backend_unavailable when the model was loaded on a provider and runs elsewhere, against what was asked for */
function refuseOther({ record, provider }: Network, used: readonly string[], asked: readonly string[]): void {
  if (!used.includes(provider)) {
    throw new AppError('backend_unavailable', `${record.id} loads on ${provider}, but runs on ${used.join(', ')}.`);
  }
  if (used.includes('cpu') && !asked.includes('cpu')) {
    throw new AppError(
      'backend_unavailable',
      `${record.id} leaves work to the CPU, which has to be allowed: PROVIDERS=${[...asked, 'cpu'].join(',')}`,
    );
  }
}

/** Runs every graph once, on a blank picture. `again` times another run of the graph that pictures enter. */
async function warmUp(network: Network) {
  const { record, graphs } = network;
  const { width, height } = warmUpSize(network);
  const entering = (graphs.main ?? graphs.encoder)?.contract;
  const blank = () => (entering?.inputs ?? []).map((input) => filled(input, width, height));
  const enter = async (): Promise<Tensor[]> => {
    if (graphs.encoder !== undefined) return runGraph(record.id, graphs.encoder, blank());
    // Half precision may overflow on any picture; whoever runs the model then asks its fallback.
    await runHere(network, blank()).catch((error) => {
      if (!(error instanceof NotFinite) || record.fallback === undefined) throw error;
    });
    return [];
  };
  const timed = async () => {
    const started = performance.now();
    const embedding = await enter();
    return { embedding, seconds: (performance.now() - started) / 1000 };
  };
  const { embedding, seconds: firstSeconds } = await timed();
  if (graphs.decoder !== undefined) {
    const prompt = { points: [[width / 2, height / 2, 1] as Prompt['points'][number]], boxes: [], best_of: 1 };
    await promptedMask(network, embedding, prompt, { width, height });
  }
  return { firstSeconds, again: async () => (await timed()).seconds, pixels: width * height };
}

function warmUpSize({ record: { size }, oneShape }: Network): { width: number; height: number } {
  if (size?.policy === 'stretch' || size?.policy === 'letterbox') return size;
  const whole = size?.policy === 'tile' && (size.fixed || oneShape);
  const side = whole ? size.tile : WARM_UP_SIDE;
  return { width: side, height: side };
}

const CHANNELS: Partial<Record<GraphInput['role'], number>> = { image: 3, image_and_trimap: 4, mask: 1 };

function filled({ role, dims }: GraphInput, width: number, height: number): Tensor {
  const shape = dims.map((dim, axis) =>
    typeof dim === 'number' ? dim : ([1, CHANNELS[role] ?? 1, height, width][axis] ?? 1),
  );
  return { data: new Float32Array(shape.reduce((product, dim) => product * dim, 1)).fill(0.5), dims: shape };
}
