import { type ColourPlanes, createPlane, type Plane } from './plane';
import { featherShadow, findShadows } from './shadow-mask';

const [WIDTH, HEIGHT] = [320, 240];

/** A light ground with a shadow of `depth` at the left, and a disc of `thing` at the right. */
function scene(depth: number, thing: readonly [number, number, number]): { picture: ColourPlanes; shadow: Plane } {
  const planes = [0, 1, 2].map(() => createPlane(WIDTH, HEIGHT)) as unknown as ColourPlanes;
  const shadow = createPlane(WIDTH, HEIGHT);
  const ground = [0.82, 0.8, 0.76];
  for (let y = 0, i = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++, i++) {
      const inShadow = ((x - 90) / 60) ** 2 + ((y - 140) / 35) ** 2 < 1;
      const inThing = Math.hypot(x - 230, y - 110) < 45;
      if (inShadow) shadow.data[i] = 1;
      planes.forEach((plane, channel) => {
        const lit = (ground[channel] as number) - 0.0002 * x;
        plane.data[i] = inThing ? (thing[channel] as number) : lit * (inShadow ? 1 - depth : 1);
      });
    }
  }
  return { picture: planes, shadow };
}

function overlap(found: Plane, truth: Plane): number {
  let [both, either] = [0, 0];
  found.data.forEach((value, i) => {
    if (value === 1 && truth.data[i] === 1) both++;
    if (value === 1 || truth.data[i] === 1) either++;
  });
  return both / either;
}

const RED = [0.5, 0.05, 0.08] as const;
const BLACK = [0.04, 0.04, 0.05] as const;

describe('the search for shadows', () => {
  it.each([
    ['a faint one beside a red thing', 0.25, RED],
    ['a deep one beside a red thing', 0.6, RED],
    ['one beside a black thing', 0.5, BLACK],
  ])('finds %s, and not the thing', (_, depth, thing) => {
    const { picture, shadow } = scene(depth, thing);
    expect(overlap(findShadows(picture), shadow)).toBeGreaterThan(0.9);
  });

  it('finds none where there is none', () => {
    const found = findShadows(scene(0, RED).picture);
    expect(found.data.every((value) => value === 0)).toBe(true);
  });

  it.each([
    ['black', 0],
    ['white', 1],
  ])('finds none in a picture all %s', (_, value) => {
    const plain = [0, 1, 2].map(() => createPlane(64, 48, value)) as unknown as ColourPlanes;
    expect(findShadows(plain).data.every((found) => found === 0)).toBe(true);
  });
});

it('a feathered mask holds the whole shadow, reaches beyond it, and ends softly', () => {
  const { shadow } = scene(0.5, RED);
  const soft = featherShadow(shadow);
  shadow.data.forEach((value, i) => {
    if (value === 1) expect(soft.data[i]).toBeGreaterThan(0.9);
  });
  const row = soft.data.subarray(140 * WIDTH + 150, 140 * WIDTH + 175);
  expect(row.some((value) => value > 0.2 && value < 0.8)).toBe(true);
  expect(row.at(-1)).toBeLessThan(0.01);
});
