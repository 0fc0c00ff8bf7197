import { InferenceSession, Tensor } from 'onnxruntime-node';

/** One protobuf field: numbers as varints below 128, everything else with its length. */
const field = (number: number, value: number | string | Buffer): Buffer => {
  if (typeof value === 'number') return Buffer.from([number << 3, value]);
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
};
const message = (...fields: Buffer[]) => Buffer.concat(fields);

/** The ONNX model `y = -x` for four floats (onnx.proto: ModelProto, GraphProto, NodeProto, ValueInfoProto). */
function negation(): Buffer {
  const fourFloats = message(field(1, 1), field(2, field(1, field(1, 4))));
  const value = (name: string) => message(field(1, name), field(2, field(1, fourFloats)));
  const node = message(field(1, 'x'), field(2, 'y'), field(4, 'Neg'));
  const graph = message(field(1, node), field(2, 'negation'), field(11, value('x')), field(12, value('y')));
  return message(field(1, 8), field(7, graph), field(8, field(2, 17)));
}

describe('ONNX Runtime inside Jest', () => {
  test('takes tensors made in a test and gives back what a test can read', async () => {
    const session = await InferenceSession.create(negation(), { intraOpNumThreads: 1 });
    try {
      const x = new Tensor('float32', new Float32Array([1, -2, 3.5, 0]), [4]);
      const { y } = await session.run({ x });
      expect(y).toBeInstanceOf(Tensor);
      expect(y?.data).toBeInstanceOf(Float32Array);
      expect(y?.data).toEqual(new Float32Array([-1, 2, -3.5, -0]));
    } finally {
      await session.release();
    }
  });

  test('takes 16-bit, 64-bit and byte tensors', () => {
    expect(new Tensor('uint16', new Uint16Array([1]), [1]).data).toBeInstanceOf(Uint16Array);
    expect(new Tensor('int64', new BigInt64Array([1n]), [1]).data).toBeInstanceOf(BigInt64Array);
    expect(new Tensor('uint8', Buffer.from([1]), [1]).data).toBeInstanceOf(Uint8Array);
  });
});
