import { Tensor as OrtTensor } from 'onnxruntime-node';
import { fromHalf, toHalf } from './half-float';

/** A tensor of the graph's own type from single-precision values. */
export function toOrt(type: string, data: Float32Array<ArrayBuffer>, dims: readonly number[]): OrtTensor {
  switch (type) {
    case 'float32':
      return new OrtTensor('float32', data, dims);
    case 'float16':
      return new OrtTensor('float16', toHalf(data), dims);
    case 'int64':
      return new OrtTensor(
        'int64',
        BigInt64Array.from(data, (value) => BigInt(Math.round(value))),
        dims,
      );
    case 'int32':
      return new OrtTensor('int32', Int32Array.from(data), dims);
    case 'bool':
      return new OrtTensor('bool', Uint8Array.from(data), dims);
    default:
      throw new Error(`inputs of type ${type} are not served`);
  }
}

/** Single-precision values of an answer. */
export function fromOrt({ type, data }: OrtTensor): Float32Array<ArrayBuffer> {
  if (type === 'float32') return data as Float32Array<ArrayBuffer>;
  // Newer runtimes of JavaScript have an array of halves of their own, which converts itself.
  if (type === 'float16') return data instanceof Uint16Array ? fromHalf(data) : Float32Array.from(data as Uint8Array);
  throw new Error(`outputs of type ${type} are not served`);
}
