import { AppError } from '@packshot/contracts';
import type { Session, Tensor } from '../runtime/session';
import { type BoundGraph, NotFinite, runGraph } from './graph';
import type { GraphInput, GraphOutput, ModelRecord } from './record';

/** A model ready to run. */
export interface Network {
  record: ModelRecord;
  /** Where its nodes were seen to run; several joined by `+`. */
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
  /** Every tile has to have the record's full size: the provider compiles for minutes for another. */
  oneShape?: boolean;
  /** The model to ask when an answer is not finite. */
  fallback?: () => Promise<Network>;
  /** The same model on the next provider of the list, for what does not fit into this one's memory. */
  next?: () => Promise<Network>;
}

export type GraphRole = keyof ModelRecord['graphs'];

type Runnable = Pick<Network, 'record' | 'graphs' | 'fallback'>;
type Note = (text: string) => void;

/**
 * One run of the main graph. Tensors are Float32 NCHW as the record asks, in its order, and given away. The answer is the
 * picture, alpha or gain that the model is for, activated: [1,C,H*scale,W*scale]. Where it is not finite, which half precision
 * can cause, the record's fallback answers instead, and `note` hears of it; where memory does not suffice, the next provider
 * runs it.
 * @throws out_of_memory, model_mismatch when the answer has another shape than the record promises, or is not finite
 */
export function runNetwork(network: Network, inputs: Tensor[], note: Note = () => undefined): Promise<Tensor> {
  return whereItFits(network, (here) => runHere(here, here.next === undefined ? inputs : copies(inputs), note));
}

/** As `runNetwork`, on no other provider. */
export async function runHere(network: Runnable, inputs: Tensor[], note: Note = () => undefined): Promise<Tensor> {
  const { id } = network.record;
  const spare = network.fallback === undefined ? [] : copies(inputs);
  try {
    return await runOnce(network, inputs);
  } catch (error) {
    if (!(error instanceof NotFinite) || network.fallback === undefined) throw error;
    const other = await network.fallback();
    note(`answers of ${id} were not finite; ${other.record.id} ran instead`);
    return runHere(other, spare, note);
  }
}

/** Does `run` with a model, and again with the same model on the next provider as long as memory does not suffice. */
export async function whereItFits<T>(network: Network, run: (here: Network) => Promise<T>): Promise<T> {
  try {
    return await run(network);
  } catch (error) {
    return whereItFits(await afterFailure(error, network), run);
  }
}

/** The model on the provider to go on with. @throws the error when it is another than `out_of_memory`, or there is none */
export async function afterFailure(error: unknown, { next }: Network): Promise<Network> {
  if (!(error instanceof AppError) || error.code !== 'out_of_memory' || next === undefined) throw error;
  return next().catch((cause) => {
    throw new AppError('out_of_memory', undefined, { cause });
  });
}

export interface NetworkWatch {
  /** A graph answered, on this provider. */
  answered(provider: string): void;
  /** The model goes on elsewhere, and why. */
  note(text: string): void;
}

/** The same network under the eyes of a stage, which follow it to whatever takes its place. */
export function watchNetwork(network: Network, watch: NetworkWatch): Network {
  const { record, provider, next, fallback } = network;
  const graphs: Network['graphs'] = {};
  for (const [role, graph] of Object.entries(network.graphs) as [GraphRole, BoundGraph][]) {
    const run: Session['run'] = async (inputs, outputs) => {
      const answer = await graph.session.run(inputs, outputs);
      watch.answered(provider);
      return answer;
    };
    graphs[role] = { ...graph, session: { run } };
  }
  const watched: Network = { ...network, graphs };
  if (fallback !== undefined) watched.fallback = async () => watchNetwork(await fallback(), watch);
  if (next !== undefined) {
    watched.next = async () => {
      const other = await next();
      watch.note(`${record.id} did not fit into the memory of ${provider}; ${other.provider} ran it`);
      return watchNetwork(other, watch);
    };
  }
  return watched;
}

function copies(tensors: readonly Tensor[]): Tensor[] {
  return tensors.map(({ data, dims }) => ({ data: data.slice(), dims }));
}

async function runOnce({ record, graphs }: Pick<Network, 'record' | 'graphs'>, inputs: Tensor[]): Promise<Tensor> {
  const { id } = record;
  const graph = graphs.main;
  if (graph === undefined) throw new Error(`${id} has no main graph`);
  const at = graph.contract.outputs.findIndex(({ role }) => role === 'image' || role === 'alpha' || role === 'gain');
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
