import { type FileFacts, MARKETPLACE_RULES, MARKETPLACES, type Marketplace } from '@packshot/contracts';
import { createPace, createRaster, type Raster } from '../pixels';
import { judge } from './judge';
import { observe } from './observe';

const pace = createPace(new AbortController().signal);
const SIDE = 200;
type Colour = [number, number, number];
const WHITE: Colour = [255, 255, 255];

/** A dark box in the middle of a ground; what `paint` gives comes on top. */
function picture(
  fill: number,
  ground: Colour = WHITE,
  paint: (x: number, y: number) => Colour | null = () => null,
): Raster {
  const colour = createRaster(SIDE, SIDE, 3);
  const edge = (SIDE * (1 - fill)) / 2;
  for (let i = 0; i < SIDE * SIDE; i++) {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    const inside = x >= edge && x < SIDE - edge && y >= SIDE * 0.3 && y < SIDE * 0.7;
    colour.data.set(paint(x, y) ?? (inside ? [40, 60, 90] : ground), 3 * i);
  }
  return colour;
}

const FILE: FileFacts = {
  content_type: 'image/jpeg',
  width: 2000,
  height: 2000,
  bytes: 400_000,
  sha256: '0'.repeat(64),
};

async function lint(marketplace: Marketplace, colour: Raster, { file = {}, alpha = null as Uint8Array | null } = {}) {
  const { passed, findings } = judge(marketplace, await observe({ colour, alpha }, null, pace), { ...FILE, ...file });
  return { passed, rules: findings.map(({ rule }) => rule), details: findings.map(({ detail }) => detail) };
}

it.each(MARKETPLACES)(
  'a large JPEG of a product that fills 88 % of pure white breaks no rule of %s',
  async (marketplace) => {
    const file = { width: 2048, height: 2048 };
    expect(await lint(marketplace, picture(0.88), { file })).toEqual({ passed: true, rules: [], details: [] });
  },
);

describe('of Amazon’s rules', () => {
  it.each([
    [
      'a grey background',
      picture(0.9, [250, 250, 250]),
      {},
      'background',
      'The background is not pure white but about rgb(250, 250, 250).',
    ],
    [
      'a white one with a spot of shadow',
      picture(0.9, WHITE, (x, y) => (y > 170 && x > 60 && x < 140 ? [250, 250, 250] : null)),
      {},
      'background',
      '% of the background are not pure white.',
    ],
    [
      'a scene behind the product',
      picture(0.9, WHITE, (x, y) => (y < 40 || y > 160 ? [x, y, 90] : null)),
      {},
      'background',
      'not of one colour',
    ],
    [
      'a product that is small in its frame',
      picture(0.6),
      {},
      'fill',
      'The product fills 60 % of the frame; at least 85 % are asked for.',
    ],
    ['a product that is cut off', picture(1), {}, 'cut_off', 'reaches the edge'],
    [
      'a small picture',
      picture(0.9),
      { width: 400, height: 300 },
      'too_small',
      'The longer side has 400 pixels; 500 are required.',
    ],
    [
      'a huge picture',
      picture(0.9),
      { width: 12_000, height: 900 },
      'too_large',
      'A side has 12000 pixels; 10000 are allowed.',
    ],
    ['a WebP', picture(0.9), { content_type: 'image/webp' }, 'format', 'image/webp is not taken'],
    ['a file of 11 MB', picture(0.9), { bytes: 11_000_000 }, 'file_size', '10000000 are allowed'],
  ] as const)('%s breaks one', async (_, colour, file, rule, detail) => {
    const { passed, rules, details } = await lint('amazon', colour, { file });
    expect(rules).toEqual([rule]);
    expect(details[0]).toContain(detail);
    expect(passed).toBe(false);
  });

  it('a size below what is advised does not refuse a picture', async () => {
    const { passed, details } = await lint('amazon', picture(0.9), { file: { width: 900, height: 900 } });
    expect(passed).toBe(true);
    expect(details).toEqual(['The longer side has 900 pixels; 1000 are advised.']);
  });
});

describe('a transparent background', () => {
  const alpha = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    return x >= 15 && x < 185 && y >= 60 && y < 140 ? 255 : 0;
  });
  it('is no white one for Amazon, and good enough for Google', async () => {
    const file = { content_type: 'image/png' };
    expect((await lint('amazon', picture(0.85), { alpha, file })).details).toEqual([
      'The background is transparent, not pure white.',
    ]);
    expect((await lint('google-merchant', picture(0.85), { alpha, file })).passed).toBe(true);
  });
});

describe('a frame', () => {
  const framed = (width: number, colour: Colour = [180, 20, 20]) =>
    picture(0.7, WHITE, (x, y) => (Math.min(x, y, SIDE - 1 - x, SIDE - 1 - y) < width ? colour : null));

  it.each([2, 8, 20])('of %i pixels is seen', async (width) => {
    const { rules, details } = await lint('ebay', framed(width));
    expect(rules).toEqual(['border']);
    expect(details[0]).toContain(`${((100 * width) / SIDE).toFixed(1)} %`);
  });

  it.each([
    ['a white one, which is what pictures stand on', framed(8, WHITE)],
    ['a coloured background', picture(0.7, [90, 160, 90])],
    ['a band along one side', picture(0.7, WHITE, (_, y) => (y < 10 ? [180, 20, 20] : null))],
  ])('%s is none', async (_, colour) => {
    expect((await lint('ebay', colour)).rules).toEqual([]);
  });
});

it('every rule says where it was read, and when', () => {
  for (const { sources, read, formats } of Object.values(MARKETPLACE_RULES)) {
    expect(sources.length).toBeGreaterThan(0);
    for (const source of sources) expect(source).toMatch(/^https:\/\//);
    expect(read).toMatch(/^20\d\d-\d\d-\d\d$/);
    expect(formats).toContain('image/jpeg');
  }
});
