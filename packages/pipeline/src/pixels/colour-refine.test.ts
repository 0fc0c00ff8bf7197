import { refineColour } from './colour-refine';
import { gaussianBlur } from './gaussian-blur';
import { unhurried } from './matting/reference-pictures';
import { mapPlane, type Plane } from './plane';
import { createRaster, type Raster } from './raster';
import { resizePlane } from './resize';
import { meanDifference, paintPlane, paintRaster } from './synthetic-pictures';

const { floor, hypot, max, min } = Math;

const WIDTH = 900;
const HEIGHT = 700;
/** A red pot with an open handle. */
const inPot = (x: number, y: number) => {
  const ring = hypot(x - 690, y - 350);
  return hypot((x - 420) / 1.1, y - 350) < 220 || (ring > 70 && ring < 110 && x > 600);
};
const photo = paintRaster(
  WIDTH,
  HEIGHT,
  (x, y) => (inPot(x, y) ? [170 + x / 20, 40 + y / 20, 45] : [150 + x / 15, 165 + y / 15, 190 - x / 30]),
  3,
);
const truth = paintPlane(WIDTH, HEIGHT, (x, y) => (inPot(x, y) ? 1 : 0));
const truthBytes = Uint8Array.from(truth.data, (value) => value * 255);
/** What a small network gives: squashed, soft, unsure inside, a piece missing, a false island. */
const network = squash((x, y, value) => {
  if (hypot(x - 350, y - 300) < 90) return 0.35;
  if (hypot(x - 60, y - 640) < 40) return 0.55;
  return 0.15 + 0.65 * value;
});

describe('refineColour', () => {
  let refined: Uint8Array;

  beforeAll(async () => {
    refined = await refineColour(photo, network, unhurried);
  });

  it('returns one byte a pixel and leaves the photo alone', async () => {
    const before = photo.data.slice();
    expect(await refineColour(photo, network, unhurried)).toHaveLength(WIDTH * HEIGHT);
    expect(meanDifference(photo.data, before)).toBe(0);
  });

  it('gives the same bytes twice', async () => {
    const again = await refineColour(photo, network, unhurried);
    expect(meanDifference(again, refined)).toBe(0);
  });

  it('recovers the outline, the missing piece and the opening of the handle', () => {
    const enlarged = Uint8Array.from(resizePlane(network, WIDTH, HEIGHT).data, (value) => value * 255);
    expect(overlap(enlarged, truthBytes)).toBeLessThan(0.9);
    expect(overlap(refined, truthBytes)).toBeGreaterThan(0.98);
    expect(meanDifference(refined, truthBytes)).toBeLessThan(3);
    expect(refined[300 * WIDTH + 350]).toBeGreaterThan(240);
    expect(refined[350 * WIDTH + 690]).toBeLessThan(15);
    expect(refined[640 * WIDTH + 60]).toBe(0);
  });

  it('returns an empty alpha when the network sees no product', async () => {
    const empty = await refineColour(
      photo,
      squash(() => 0),
      unhurried,
    );
    expect(max(...empty.subarray(0, 10_000))).toBe(0);
    expect(meanDifference(empty, new Uint8Array(WIDTH * HEIGHT))).toBeLessThan(0.01);
  });

  it('takes pictures of one pixel, one row, grey and uniform ones', async () => {
    const shapes: Raster[] = [
      createRaster(1, 1, 3),
      createRaster(40, 1, 3),
      createRaster(3, 70, 1),
      createRaster(9, 9, 3),
    ];
    for (const raster of shapes) {
      const alpha = await refineColour(
        raster,
        paintPlane(7, 7, () => 0.9),
        unhurried,
      );
      expect(alpha).toHaveLength(raster.width * raster.height);
      expect(min(...alpha)).toBeGreaterThan(200);
    }
  });
});

function squash(change: (x: number, y: number, value: number) => number): Plane {
  const small = gaussianBlur(resizePlane(truth, 288, 288), 2);
  const changed = mapPlane(small, (value) => value);
  for (let i = 0; i < changed.data.length; i++) {
    const x = (((i % 288) + 0.5) * WIDTH) / 288;
    const y = ((floor(i / 288) + 0.5) * HEIGHT) / 288;
    changed.data[i] = change(x, y, small.data[i] as number);
  }
  return changed;
}

/** Intersection over union at one half. */
function overlap(p: Uint8Array, q: Uint8Array): number {
  let both = 0;
  let either = 0;
  for (let i = 0; i < p.length; i++) {
    const [a, b] = [(p[i] as number) > 127, (q[i] as number) > 127];
    if (a && b) both++;
    if (a || b) either++;
  }
  return both / either;
}
