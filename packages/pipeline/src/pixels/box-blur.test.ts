import { boxBlur, mirroredIndex } from './box-blur';
import { createPlane, type Plane } from './plane';
import { createRandom, largestDifference, paintPlane, randomPlane } from './synthetic-pictures';

describe('boxBlur', () => {
  it('equals the mean over the window computed the slow way, for windows smaller and larger than the picture', () => {
    const random = createRandom(11);
    for (let round = 0; round < 30; round++) {
      const plane = randomPlane(1 + Math.floor(random() * 20), 1 + Math.floor(random() * 20), round);
      const radius = Math.floor(random() * 50);
      expect(largestDifference(boxBlur(plane, radius), slowMean(plane, radius))).toBeLessThan(1e-5);
    }
  });

  it('leaves a constant alone and does not drift over a thousand rows', () => {
    const blurred = boxBlur(createPlane(5, 1000, 0.3), 7);
    for (const value of blurred.data) expect(value).toBeCloseTo(0.3, 6);
  });

  it('does not write to its input', () => {
    const plane = randomPlane(8, 8, 1);
    const before = plane.data.slice();
    boxBlur(plane, 0).data.fill(9);
    boxBlur(plane, 2).data.fill(9);
    expect(plane.data).toEqual(before);
  });
});

describe('mirroredIndex', () => {
  it('repeats the edge pixel first and comes back after two lengths', () => {
    expect([...mirroredIndex(3, 4)]).toEqual([2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0]);
  });
});

function slowMean(plane: Plane, radius: number): Plane {
  const { width, height, data } = plane;
  const across = mirroredIndex(width, radius);
  const down = mirroredIndex(height, radius);
  return paintPlane(width, height, (x, y) => {
    let sum = 0;
    for (let j = 0; j <= 2 * radius; j++) {
      for (let i = 0; i <= 2 * radius; i++) {
        sum += data[(down[y + j] as number) * width + (across[x + i] as number)] as number;
      }
    }
    return sum / (2 * radius + 1) ** 2;
  });
}
