import { createPace } from '../pixels';
import { growMatte } from './outline';

const pace = createPace(new AbortController().signal);

/** Some pixels in a plane that is higher than a strip of rows. */
function scattered(width: number, height: number): Uint8Array {
  const matte = new Uint8Array(width * height);
  for (let k = 0; k < 9; k++) matte[(k * 7919 + 13) % matte.length] = 255;
  return matte;
}

it.each([1, 5, 40])('a matte grown by %i pixels covers what is so near by measure, and nothing else', async (reach) => {
  const [width, height] = [60, 300];
  const matte = scattered(width, height);
  const seeds = [...matte.keys()].filter((i) => matte[i] === 255);
  const grown = await growMatte(matte, { width, height }, reach, pace);
  let worst = 0;
  for (let i = 0; i < matte.length; i++) {
    const away = Math.min(
      ...seeds.map((seed) =>
        Math.hypot((i % width) - (seed % width), Math.floor(i / width) - Math.floor(seed / width)),
      ),
    );
    const expected = 255 * Math.min(1, Math.max(0, reach + 0.5 - away));
    worst = Math.max(worst, Math.abs((grown[i] as number) - expected));
  }
  expect(worst).toBeLessThanOrEqual(0.5);
});

it('what a matte hides is not grown', async () => {
  const grown = await growMatte(new Uint8Array(400).fill(127), { width: 20, height: 20 }, 8, pace);
  expect(grown.every((value) => value === 0)).toBe(true);
});
