import { AppError } from '@packshot/contracts';
import type { Inference } from '../runtime/inference';
import type { Tensor } from '../runtime/session';
import { findWeights, type WeightPlaces } from '../runtime/weights';
import { type BoundGraph, bindGraph, NotFinite, runGraph } from './graph';
import { machineMemory, refuseWhatCannotFit } from './memory';
import type { GraphContract, GraphInput, GraphOutput, ModelRecord, SizePolicy } from './record';

/** Seconds. A model this slow is not run twice to be timed. */
const SLOW = 5;

/** A tiled model is warmed with less than a tile: enough to allocate and to measure, and the start stays short. */
const WARM_UP_SIDE = 256;

/** A model ready to run. */
export interface Network {
  record: ModelRecord;
  provider: string;
  /** The version of ONNX Runtime. */
  runtime: string;
  /** Of the main graph's file, or the encoder's, as found. */
  sha256: string;
  /** By their role in the record: `main`, or `encoder` and `decoder`. */
  graphs: Partial<Record<GraphRole, BoundGraph>>;
  /** Seconds a run of `inputPixels` takes, measured once warm. */
  seconds: number;
  inputPixels: number;
  /** The model to ask when an answer is not finite. */
  fallback?: () => Promise<Network>;
}

type GraphRole = keyof ModelRecord['graphs'];

/**
 * Loads a record's files, checks them against their contracts, and runs a graph that takes pictures alone twice: once to
 * warm it, once to time it.
 * @throws model_not_available, model_not_installed, licence_not_accepted, model_mismatch, out_of_memory when this machine
 * cannot hold it, backend_unavailable
 */
export async function loadNetwork(inference: Inference, places: WeightPlaces, record: ModelRecord): Promise<Network> {
  const network: Network = { record, provider: '', runtime: '', sha256: '', graphs: {}, seconds: 0, inputPixels: 0 };
  const weights = await findWeights(places, record);
  if (inference.providers[0] === 'cpu') refuseWhatCannotFit(record, machineMemory());
  for (const [role, contract] of Object.entries(record.graphs) as [GraphRole, GraphContract][]) {
    const { graph, session } = await inference.load(`${record.id}/${role}`, weights[role]?.path ?? '');
    network.graphs[role] = bindGraph(record, contract, graph, session);
    network.sha256 ||= weights[role]?.sha256 ?? '';
    network.provider = graph.provider;
    network.runtime = graph.runtime;
  }
  const inputs = record.graphs.main?.inputs ?? [];
  if (record.size === undefined || inputs.length === 0) return network;
  const { width, height } = runSize(record.size);
  const blank = () => inputs.map((input) => filled(input, width, height));
  const run = async () => {
    const started = performance.now();
    // Half precision may overflow on any picture; whoever runs the model then asks its fallback.
    await runNetwork(network, blank()).catch((error) => {
      if (!(error instanceof NotFinite) || record.fallback === undefined) throw error;
    });
    return (performance.now() - started) / 1000;
  };
  const first = await run();
  return { ...network, seconds: first > SLOW ? first : await run(), inputPixels: width * height };
}

/**
 * One run of the main graph. Tensors are Float32 NCHW as the record asks, in its order, and given away. The answer is the
 * picture or alpha that the model is for, activated: [1,C,H*scale,W*scale]. Where it is not finite, which half precision
 * can cause, the record's fallback answers instead, and `note` hears of it.
 * @throws out_of_memory, model_mismatch when the answer has another shape than the record promises, or is not finite
 */
export async function runNetwork(
  network: Pick<Network, 'record' | 'graphs' | 'fallback'>,
  inputs: Tensor[],
  note: (text: string) => void = () => undefined,
): Promise<Tensor> {
  const { id } = network.record;
  const spare = network.fallback === undefined ? [] : inputs.map(({ data, dims }) => ({ data: data.slice(), dims }));
  try {
    return await runOnce(network, inputs);
  } catch (error) {
    if (!(error instanceof NotFinite) || network.fallback === undefined) throw error;
    const other = await network.fallback();
    note(`answers of ${id} were not finite; ${other.record.id} ran instead`);
    return runNetwork(other, spare, note);
  }
}

async function runOnce({ record, graphs }: Pick<Network, 'record' | 'graphs'>, inputs: Tensor[]): Promise<Tensor> {
  const { id } = record;
  const graph = graphs.main;
  if (graph === undefined) throw new Error(`${id} has no main graph`);
  const at = graph.contract.outputs.findIndex(({ role }) => role === 'image' || role === 'alpha');
  const output = graph.contract.outputs[at] as GraphOutput;
  const [, , height = 0, width = 0] = inputs[0]?.dims ?? [];
  const answer = (await runGraph(id, graph, inputs))[at] as Tensor;
  const expected = width * height * (output.role === 'alpha' ? 1 : 3) * output.scale ** 2;
  if (answer.data.length !== expected) {
    throw new AppError(
      'model_mismatch',
      `The model ${id} answered [${answer.dims.join(',')}] to ${width} x ${height} pixels.`,
    );
  }
  return answer;
}

/** The input that takes the picture. */
export function pictureInput({ id, graphs }: ModelRecord): GraphInput {
  const enters = graphs.main ?? graphs.encoder;
  const input = enters?.inputs.find(({ role }) => role === 'image' || role === 'image_and_trimap');
  if (input === undefined) throw new Error(`${id} takes no picture`);
  return input;
}

/** Output side over input side. */
export function pictureScale({ graphs }: ModelRecord): number {
  return graphs.main?.outputs.find(({ role }) => role === 'image')?.scale ?? 1;
}

function runSize(size: SizePolicy): { width: number; height: number } {
  if (size.policy === 'stretch' || size.policy === 'letterbox') return { width: size.width, height: size.height };
  const side = size.policy === 'tile' && size.fixed ? size.tile : WARM_UP_SIDE;
  return { width: side, height: side };
}

const CHANNELS: Partial<Record<GraphInput['role'], number>> = { image: 3, image_and_trimap: 4, mask: 1 };

function filled({ role, dims }: GraphInput, width: number, height: number): Tensor {
  const shape = dims.map((dim, axis) =>
    typeof dim === 'number' ? dim : ([1, CHANNELS[role] ?? 1, height, width][axis] ?? 1),
  );
  return { data: new Float32Array(shape.reduce((product, dim) => product * dim, 1)).fill(0.5), dims: shape };
}
