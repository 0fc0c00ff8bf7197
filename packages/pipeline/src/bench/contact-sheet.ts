import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { PipelineRequest } from '@packshot/contracts';
import { sharp } from '../image/loaders';
import type { Runner } from '../runner';
import { benchRunner, parsePipeline, runProgram } from './setting';

interface Column {
  pipeline: PipelineRequest | null;
  /** What shows behind a transparent result. */
  behind: string | 'board';
}

const CUT: PipelineRequest = { background: true, output: { format: 'png' } };
/** The preset `default`, which is what a job without a pipeline gets. */
const FOUR_STAGES: PipelineRequest = {
  ...{ denoise: 'auto', shadow: 'auto', background: true, upscale: { scale: 2 } },
  output: { format: 'png' },
};

const LAYOUTS: Readonly<
  Record<string, { cell: { width: number; height: number }; columns: Column[]; across: number }>
> = {
  /** A row a photo, two photos beside each other: the photo, cut out on magenta, on white, all four stages. */
  contact: {
    cell: { width: 240, height: 240 },
    across: 2,
    columns: [
      { pipeline: null, behind: '#ffffff' },
      { pipeline: CUT, behind: '#ff00ff' },
      { pipeline: CUT, behind: '#ffffff' },
      { pipeline: FOUR_STAGES, behind: '#ffffff' },
    ],
  },
  /** The picture of the README: pairs of a photo and what becomes of it, in one row. */
  'before-after': {
    cell: { width: 240, height: 320 },
    across: 4,
    columns: [
      { pipeline: null, behind: '#ffffff' },
      { pipeline: FOUR_STAGES, behind: 'board' },
    ],
  },
};
const GAP = 8;
const MARGIN = 24;
const BOARD = { square: 12, light: 255, dark: 224 };

/**
 * Puts all photos of a folder through the product and lays the results out in one JPEG:
 * `node dist/bench/contact-sheet.js PHOTOS SHEET_JPG [--layout contact|before-after]`.
 */
async function main(argv: string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { layout: { type: 'string', default: 'contact' } },
  });
  const [photos, sheet] = positionals;
  const layout = LAYOUTS[values.layout];
  if (photos === undefined || sheet === undefined || layout === undefined) {
    throw new Error(`usage: contact-sheet PHOTOS SHEET_JPG [--layout ${Object.keys(LAYOUTS).join('|')}]`);
  }
  const { cell, columns, across } = layout;
  const files = (await readdir(photos)).filter((file) => /\.(jpe?g|png|webp)$/i.test(file)).sort();
  const step = { x: columns.length * (cell.width + GAP) + MARGIN - GAP, y: cell.height + GAP };
  const runner = await benchRunner();
  const placed: { input: Buffer; left: number; top: number }[] = [];
  try {
    for (const [i, file] of files.entries()) {
      const pictures = await cellsOf(runner, join(photos, file), columns, cell);
      const origin = { left: MARGIN + (i % across) * step.x, top: MARGIN + Math.trunc(i / across) * step.y };
      for (const [k, input] of pictures.entries()) {
        placed.push({ input, left: origin.left + k * (cell.width + GAP), top: origin.top });
      }
    }
  } finally {
    await runner.close();
  }
  const rows = Math.ceil(files.length / across);
  const size = { width: MARGIN + Math.min(across, files.length) * step.x, height: 2 * MARGIN + rows * step.y - GAP };
  await mkdir(dirname(sheet), { recursive: true });
  await sharp({ create: { ...size, channels: 3, background: '#ffffff' } })
    .composite(placed)
    .jpeg({ quality: 88, mozjpeg: true })
    .toFile(sheet);
}

/** One cell a column; a pipeline that several columns share runs once. */
async function cellsOf(
  runner: Runner,
  photo: string,
  columns: readonly Column[],
  cell: { width: number; height: number },
): Promise<Buffer[]> {
  const folder = await mkdtemp(join(tmpdir(), 'packshot-sheet-'));
  const results = new Map<PipelineRequest, string>();
  try {
    const cells: Buffer[] = [];
    for (const { pipeline, behind } of columns) {
      let path = photo;
      if (pipeline !== null) {
        path = results.get(pipeline) ?? join(folder, `${results.size}.png`);
        if (!results.has(pipeline)) {
          const { result } = await runner.run({
            inputPath: photo,
            outputDir: folder,
            pipeline: parsePipeline(pipeline),
          });
          await sharp(result.path).toFile(path);
          results.set(pipeline, path);
        }
      }
      cells.push(await drawCell(path, behind, cell));
    }
    return cells;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function drawCell(path: string, behind: Column['behind'], { width, height }: { width: number; height: number }) {
  const picture = await sharp(path)
    .autoOrient()
    .resize(width, height, { fit: 'inside' })
    .png()
    .toBuffer({ resolveWithObject: true });
  const ground =
    behind === 'board'
      ? sharp(board(picture.info), { raw: { width: picture.info.width, height: picture.info.height, channels: 1 } })
      : sharp({ create: { width: picture.info.width, height: picture.info.height, channels: 3, background: behind } });
  const laid = await ground
    .toColourspace('srgb')
    .composite([{ input: picture.data }])
    .png()
    .toBuffer();
  return sharp(laid).resize(width, height, { fit: 'contain', background: '#ffffff' }).png().toBuffer();
}

/** The squares that stand for transparency, one byte a pixel. */
function board({ width, height }: { width: number; height: number }): Uint8Array {
  const { square, light, dark } = BOARD;
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.trunc(i / width)];
    return (Math.trunc(x / square) + Math.trunc(y / square)) % 2 === 0 ? light : dark;
  });
}

runProgram(main);
