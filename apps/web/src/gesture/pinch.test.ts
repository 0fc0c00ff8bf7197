import { pinchOf } from './pinch';

test('two fingers that part enlarge by how much farther apart they are, about their middle', () => {
  const before = [
    [100, 100],
    [200, 100],
  ] as const;
  const after = [
    [60, 120],
    [260, 120],
  ] as const;
  expect(pinchOf(before, after)).toEqual({ factor: 2, from: [150, 100], to: [160, 120] });
});

test('fingers in one place enlarge nothing, however far they part', () => {
  const together = [
    [5, 5],
    [5, 5],
  ] as const;
  expect(
    pinchOf(together, [
      [0, 0],
      [10, 10],
    ]).factor,
  ).toBe(1);
});
