import { AppError } from '@packshot/contracts';
import type { Graph, GraphContract, ModelRecord, Tensor } from '@packshot/pipeline';

const OPEN_SIDE = 512;
const CHANNELS: Partial<Record<GraphContract['inputs'][number]['role'], number>> = {
  image: 3,
  image_and_trimap: 4,
  mask: 1,
};

/**
 * Tensors of the right shapes, grey all over. Where the graph leaves a side open it is the asked size, up to the next multiple
 * that the model wants; any other open dimension is one.
 * @throws invalid_request when the graph has another size
 */
export function blankInputs(
  { id, size }: ModelRecord,
  { inputs }: GraphContract,
  graph: Graph,
  asked: { width: number; height: number } | null,
): Tensor[] {
  const multiple = size?.policy === 'tile' || size?.policy === 'multiple' ? size.multiple : 1;
  const usual = size?.policy === 'tile' ? size.tile : OPEN_SIDE;
  const open = (side: number | undefined) => Math.ceil((side ?? usual) / multiple) * multiple;
  return inputs.map(({ role, name, index, dims }) => {
    const found = (name === null ? graph.inputs.at(index) : graph.inputs.find((port) => port.name === name))?.dims;
    const picture = CHANNELS[role] !== undefined;
    const wanted = picture ? [1, CHANNELS[role] ?? 1, open(asked?.height), open(asked?.width)] : [];
    const shape = dims.map((dim, axis) => {
      const fixed = [found?.[axis], dim].find((value) => typeof value === 'number');
      return fixed ?? wanted[axis] ?? 1;
    });
    const [, , height, width] = shape;
    if (picture && asked !== null && (height !== wanted[2] || width !== wanted[3])) {
      throw new AppError('invalid_request', `${id} takes ${width} x ${height} pixels and nothing else.`);
    }
    const values = shape.reduce<number>((product, dim) => product * Number(dim), 1);
    return { data: new Float32Array(values).fill(0.5), dims: shape.map(Number) };
  });
}
