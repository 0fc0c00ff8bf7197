import { fromHalf, toHalf } from './half-float';

const halves = Uint16Array.from({ length: 65536 }, (_, i) => i);

it('reads and writes every half exactly', () => {
  const there = toHalf(fromHalf(halves));
  const notANumber = (half: number) => (half & 0x7fff) > 0x7c00;
  const wrong = [...halves].filter((half) =>
    notANumber(half) ? !notANumber(there[half] as number) : there[half] !== half,
  );
  expect(wrong).toEqual([]);
});

it('rounds to the nearest, and between two to the even one', () => {
  const values = fromHalf(halves);
  for (let half = 0; half < 0x7bff; half++) {
    const [low, high] = [values[half] as number, values[half + 1] as number];
    const middle = (low + high) / 2;
    const step = (high - low) / 8;
    expect([...toHalf(Float32Array.of(middle - step, middle, middle + step))]).toEqual([
      half,
      half + (half & 1),
      half + 1,
    ]);
  }
});

it('makes what is too large infinite', () => {
  const [largest, beyond, below] = fromHalf(toHalf(Float32Array.of(65519, 65520, -1e9)));
  expect([largest, beyond, below]).toEqual([65504, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
});
