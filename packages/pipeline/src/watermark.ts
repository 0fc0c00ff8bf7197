import { setImmediate } from 'node:timers/promises';
import type { Picture } from './stages/stage';

/** The letters of the word, five dots wide and seven high; a font file would have to be parsed, an SVG is not let in. */
const LETTERS: Readonly<Record<string, readonly string[]>> = {
  S: ['.####', '#....', '#....', '.###.', '....#', '....#', '####.'],
  A: ['.###.', '#...#', '#...#', '#####', '#...#', '#...#', '#...#'],
  N: ['#...#', '##..#', '#.#.#', '#.#.#', '#..##', '#...#', '#...#'],
  D: ['####.', '#...#', '#...#', '#...#', '#...#', '#...#', '####.'],
  B: ['####.', '#...#', '#...#', '####.', '#...#', '#...#', '####.'],
  O: ['.###.', '#...#', '#...#', '#...#', '#...#', '#...#', '.###.'],
  X: ['#...#', '#...#', '.#.#.', '..#..', '.#.#.', '#...#', '#...#'],
};
const WORD = 'SANDBOX';

/** One tile of the pattern, in dots: the word with air around it. */
const TILE_WIDTH = WORD.length * 6 + 6;
const TILE_HEIGHT = 18;
const MARGIN = 4;

const NOTHING = 0;
const FILL = 1;
const RIM = 2;

/** The share of the mark in a pixel that it covers, and its grey: light with a dark rim, so that it shows on any ground. */
const SHARE = 0.55;
const GREY = [0, 255, 0] as const;

/** Dots across the square root of the area: the mark is as large in a thumbnail as in a poster. */
const DOTS_ACROSS = 130;
const ANGLE = -Math.PI / 6;
const STRIP_ROWS = 64;

/** Said to the client with each item that carries the mark. */
export const WATERMARK_NOTE = 'a watermark was drawn over the result, because the job was made with a sandbox key';

/**
 * Draws the word SANDBOX over the whole picture, tiled and slanted, in place. Transparent parts get it too, and become less
 * transparent there: a cut-out would be free of it otherwise. Between strips of rows others have their turn.
 * @throws the signal's reason
 */
export async function drawWatermark(
  { colour, alpha }: Pick<Picture, 'colour' | 'alpha'>,
  signal: AbortSignal,
): Promise<void> {
  const { width, height } = colour;
  const dot = Math.max(1, Math.sqrt(width * height) / DOTS_ACROSS);
  const stepX = Math.cos(ANGLE) / dot;
  const stepY = Math.sin(ANGLE) / dot;
  for (let from = 0; from < height; from += STRIP_ROWS) {
    signal.throwIfAborted();
    for (let y = from; y < Math.min(height, from + STRIP_ROWS); y++) {
      for (let x = 0; x < width; x++) {
        const kind = markAt(x * stepX - y * stepY, x * stepY + y * stepX);
        if (kind !== NOTHING) cover(colour.data, alpha, y * width + x, GREY[kind]);
      }
    }
    await setImmediate();
  }
}

type Kind = typeof NOTHING | typeof FILL | typeof RIM;

/** The pattern at a point given in dots; every other row of words is moved by half a word. */
function markAt(u: number, v: number): Kind {
  const row = Math.floor(v / TILE_HEIGHT);
  const shifted = u + (row & 1) * (TILE_WIDTH / 2);
  const column = Math.floor(shifted - Math.floor(shifted / TILE_WIDTH) * TILE_WIDTH);
  // Rounding may give a row past the last one.
  return (TILE[Math.floor(v - row * TILE_HEIGHT) * TILE_WIDTH + column] ?? NOTHING) as Kind;
}

/** Porter and Duff's "over" (Compositing Digital Images, SIGGRAPH 1984) with a grey of SHARE opacity. */
function cover(colour: Uint8Array, alpha: Uint8Array | null, pixel: number, grey: number): void {
  const before = alpha === null ? 1 : (alpha[pixel] as number) / 255;
  const after = SHARE + before * (1 - SHARE);
  const kept = (before * (1 - SHARE)) / after;
  for (let c = pixel * 3; c < pixel * 3 + 3; c++) {
    colour[c] = Math.round((colour[c] as number) * kept + grey * (1 - kept));
  }
  if (alpha !== null) alpha[pixel] = Math.round(after * 255);
}

/** Letters, then a rim of one dot around them. */
const TILE = ((): Uint8Array => {
  const tile = new Uint8Array(TILE_WIDTH * TILE_HEIGHT);
  [...WORD].forEach((letter, index) => {
    LETTERS[letter]?.forEach((line, y) => {
      [...line].forEach((dot, x) => {
        if (dot === '#') tile[(MARGIN + y) * TILE_WIDTH + MARGIN + index * 6 + x] = FILL;
      });
    });
  });
  const letters = tile.slice();
  for (let at = TILE_WIDTH + 1; at < tile.length - TILE_WIDTH - 1; at++) {
    if (letters[at] === FILL) continue;
    const around = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => letters[at + dy * TILE_WIDTH + dx]));
    if (around.includes(FILL)) tile[at] = RIM;
  }
  return tile;
})();
