import { AppError } from '@packshot/contracts';
import type { Graph, Port, Session, Tensor } from '../runtime/session';
import { activate } from './activation';
import type { GraphContract, GraphInput, GraphOutput, ModelRecord } from './record';

/** A loaded graph whose inputs and outputs were found to be what its record says. */
export interface BoundGraph {
  /** Without the optional inputs that this graph has not. */
  contract: GraphContract;
  session: Session;
  /** The graph's own names, in the order of the contract. */
  inputs: readonly string[];
  outputs: readonly string[];
}

/** A graph answered infinities or no numbers, as half precision does where it overflows. */
export class NotFinite extends AppError {
  constructor(id: string) {
    super('model_mismatch', `The model ${id} answered values that are not finite.`);
  }
}

/** @throws model_mismatch naming the model, what was expected and what was found */
export function bindGraph(
  { id }: Pick<ModelRecord, 'id'>,
  recorded: GraphContract,
  graph: Graph,
  session: Session,
): BoundGraph {
  const has = (wanted: string | null) => graph.inputs.some(({ name }) => name === wanted);
  const contract = { ...recorded, inputs: recorded.inputs.filter(({ optional, name }) => !optional || has(name)) };
  const inputs = contract.inputs.map((input) => findPort(id, 'input', input, graph.inputs));
  const outputs = contract.outputs.map((output) => findPort(id, 'output', output, graph.outputs));
  const unfed = graph.inputs.find(({ name }) => !inputs.includes(name));
  if (unfed !== undefined) throw mismatch(id, `it has an input "${unfed.name}" that the record does not name`);
  return { contract, session, inputs, outputs };
}

/**
 * One run. Tensors are given, and given away, in the order of the contract's inputs; the answers come in the order of its
 * outputs, activated.
 * @throws out_of_memory, model_mismatch when an answer is not what the contract promises, NotFinite
 */
export async function runGraph(id: string, graph: BoundGraph, tensors: readonly Tensor[]): Promise<Tensor[]> {
  const feeds = Object.fromEntries(tensors.map((tensor, i) => [graph.inputs[i] as string, tensor]));
  const found = await graph.session.run(feeds, graph.outputs);
  return graph.contract.outputs.map((output, i) => {
    const answer = found[graph.outputs[i] as string];
    if (answer === undefined) throw mismatch(id, `it did not answer "${graph.outputs[i]}"`);
    if (!allFinite(answer.data)) throw new NotFinite(id);
    activate(id, output, answer.data);
    return answer;
  });
}

/** Clamping would hide an infinity, so this is asked of the raw answer. */
function allFinite(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value - value !== 0) return false;
  }
  return true;
}

function findPort(
  id: string,
  kind: 'input' | 'output',
  expected: GraphInput | GraphOutput,
  ports: readonly Port[],
): string {
  const { name, index } = expected;
  const port = name === null ? ports.at(index) : ports.find((candidate) => candidate.name === name);
  if (port === undefined) {
    const wanted = name === null ? `no ${kind} number ${index}` : `no ${kind} "${name}"`;
    throw mismatch(id, `it has ${wanted}, but ${ports.map((found) => `"${found.name}"`).join(', ')}`);
  }
  const wanted = `${expected.type} [${expected.dims.join(',')}]`;
  const found = `${port.type} [${port.dims.join(',')}]`;
  if (!sameType(expected.type, port.type) || !sameDims(expected.dims, port.dims)) {
    throw mismatch(id, `its ${kind} "${port.name}" is ${found}, not ${wanted}`);
  }
  return port.name;
}

/** Values are converted on their way in and out, so half precision serves where single was recorded, and the reverse. */
function sameType(expected: string, found: string): boolean {
  const real = (type: string) => type === 'float32' || type === 'float16';
  return expected === found || (real(expected) && real(found));
}

/** A free dimension on either side fits everything: exports often lose what they know about their outputs. */
function sameDims(expected: readonly (number | string)[], found: readonly (number | string)[]): boolean {
  const fits = (dim: number | string, axis: number) => {
    const other = found[axis];
    return typeof dim === 'string' || typeof other === 'string' || dim === other;
  };
  return expected.length === found.length && expected.every(fits);
}

function mismatch(id: string, why: string): AppError {
  return new AppError('model_mismatch', `The model ${id} does not match its record: ${why}.`);
}
