import { bindGraph } from '../models/graph';
import type { Network } from '../models/network';
import { type ModelRecord, type ModelTask, modelRecordSchema } from '../models/record';
import type { Tensor } from '../runtime/session';

/** The record of a network that is one graph, `main`. */
export function recordInCode(task: ModelTask, main: object, rest: { size: object; refine?: 'colour' }): ModelRecord {
  return modelRecordSchema.parse({
    id: 'code',
    task,
    description: 'code',
    architecture: 'code',
    licence: { spdx: 'Apache-2.0', commercial: true },
    files: [{ role: 'main', path: 'code.onnx', bundled: 'code.onnx', bytes: 1, sha256: '0'.repeat(64) }],
    graphs: { main },
    ...rest,
  });
}

/** A tiled record with one graph `x` to `y`, and what a test changes in it. */
export function tiledRecord(
  size: { tile: number; overlap: number; exact: boolean; multiple?: number; fixed?: boolean; pad?: 'zero' | 'reflect' },
  output: { scale?: 1 | 2 | 4; activation?: 'none' | 'sigmoid' | 'clamp' } = {},
): ModelRecord {
  const main = {
    inputs: [{ role: 'image', name: 'x', dims: [1, 3, 'h', 'w'] }],
    outputs: [{ role: 'image', name: 'y', dims: [1, 3, 'H', 'W'], ...output }],
  };
  return recordInCode('denoise', main, { size: { policy: 'tile', multiple: 8, ...size } });
}

/** A network in plain code: `compute` gets the tensors of the main graph and answers its first output. */
export function networkInCode(record: ModelRecord, compute: (inputs: Tensor[]) => Tensor | Promise<Tensor>): Network {
  const contract = record.graphs.main;
  if (contract === undefined) throw new Error('no main graph');
  const inputs = contract.inputs.map(({ name, type, dims }, i) => ({ name: name ?? `in ${i}`, type, dims }));
  const outputs = contract.outputs.map(({ name, type, dims }, i) => ({ name: name ?? `out ${i}`, type, dims }));
  const graph = { provider: 'code', runtime: '0', inputs, outputs };
  const session = {
    async run(feeds: Record<string, Tensor>, names: readonly string[]) {
      const given = Object.values(feeds);
      return { [names[0] as string]: await compute(given) };
    },
  };
  const main = bindGraph(record, contract, graph, session);
  return {
    record,
    provider: 'code',
    runtime: '0',
    sha256: '0'.repeat(64),
    graphs: { main },
    seconds: 0,
    inputPixels: 1,
  };
}
