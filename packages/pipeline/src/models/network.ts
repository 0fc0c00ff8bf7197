import { AppError } from '@packshot/contracts';
import type { Inference } from '../runtime/inference';
import type { Graph, Port, Session, Tensor } from '../runtime/session';
import { findWeights } from '../runtime/weights';
import type { ModelRecord } from './record';

/** A tiled model is warmed with less than a tile: enough to allocate and to measure, and the start stays short. */
const WARM_UP_SIDE = 256;

/** A model ready to run. */
export interface Network {
  record: ModelRecord;
  provider: string;
  /** The version of ONNX Runtime. */
  runtime: string;
  session: Session;
  /** Seconds a run of `inputPixels` takes, measured once warm. */
  seconds: number;
  inputPixels: number;
}

/**
 * Loads a record's file, checks it against the contract, and runs it twice: once to warm it, once to time it.
 * @throws model_not_available, model_mismatch, backend_unavailable
 */
export async function loadNetwork(inference: Inference, modelsDir: string, record: ModelRecord): Promise<Network> {
  const { graph, session } = await inference.load(record.id, await findWeights(modelsDir, record));
  checkContract(record, graph);
  const { width, height } = runSize(record);
  const network = {
    record,
    provider: graph.provider,
    runtime: graph.runtime,
    session,
    seconds: 0,
    inputPixels: width * height,
  };
  await runNetwork(network, blank(width, height));
  const started = performance.now();
  await runNetwork(network, blank(width, height));
  return { ...network, seconds: (performance.now() - started) / 1000 };
}

/**
 * One run. `input` is Float32 NCHW [1,3,H,W] as the record's contract asks, and is given away; the answer is the contract's
 * output with its activation applied, [1,C,H*scale,W*scale] for tiled models.
 * @throws out_of_memory, model_mismatch when the answer has another shape than the contract promises
 */
export async function runNetwork(network: Pick<Network, 'record' | 'session'>, input: Tensor): Promise<Tensor> {
  const { id, contract } = network.record;
  const pixels = (input.dims[2] ?? 0) * (input.dims[3] ?? 0);
  const outputs = await network.session.run({ [contract.input.name]: input });
  const answer = outputs[contract.output.name];
  const channels = contract.input.size.policy === 'tile' ? 3 : 1;
  if (answer === undefined || answer.data.length !== pixels * channels * contract.output.scale ** 2) {
    throw new AppError('model_mismatch', `The model ${id} answered with another shape than its record promises.`);
  }
  if (contract.output.activation === 'sigmoid') squash(answer.data);
  return answer;
}

function squash(values: Float32Array): void {
  for (let i = 0; i < values.length; i++) values[i] = 1 / (1 + Math.exp(-(values[i] as number)));
}

function runSize(record: ModelRecord): { width: number; height: number } {
  const { size } = record.contract.input;
  if (size.policy === 'stretch') return { width: size.width, height: size.height };
  return { width: WARM_UP_SIDE, height: WARM_UP_SIDE };
}

function blank(width: number, height: number): Tensor {
  return { data: new Float32Array(3 * width * height).fill(0.5), dims: [1, 3, height, width] };
}

function checkContract({ id, contract }: ModelRecord, graph: Graph): void {
  const { size } = contract.input;
  const sides = size.policy === 'stretch' ? [size.height, size.width] : [null, null];
  checkPort(id, 'input', graph.inputs, contract.input.name, [1, 3, ...sides]);
  const channels = size.policy === 'stretch' ? 1 : 3;
  checkPort(id, 'output', graph.outputs, contract.output.name, [1, channels, ...sides]);
  if (graph.inputs.length !== 1) throw mismatch(id, `it has ${graph.inputs.length} inputs, not one`);
}

/** A free dimension fits everything; `null` asks for a free one. */
function checkPort(id: string, role: string, ports: readonly Port[], name: string, dims: (number | null)[]): void {
  const port = ports.find((candidate) => candidate.name === name);
  if (port === undefined) throw mismatch(id, `it has no ${role} "${name}"`);
  if (port.type !== 'float32') throw mismatch(id, `its ${role} "${name}" is ${port.type}`);
  const fits =
    port.dims.length === dims.length && port.dims.every((dim, axis) => typeof dim === 'string' || dim === dims[axis]);
  if (!fits) throw mismatch(id, `its ${role} "${name}" is [${port.dims.join(',')}]`);
}

function mismatch(id: string, why: string): AppError {
  return new AppError('model_mismatch', `The model ${id} does not match its record: ${why}.`);
}
