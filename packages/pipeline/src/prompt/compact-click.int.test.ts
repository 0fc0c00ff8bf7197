import { readFile } from 'node:fs/promises';
import type { PipelineRequest } from '@packshot/contracts';
import { sharp } from '../image/loaders';
import { createRaster, type Raster } from '../pixels';
import { createScratch } from '../testing/scratch';

const [WIDTH, HEIGHT] = [480, 360];
/** A red disc and a blue box on a grey table: two products. One click may take both, so it is not asked for here. */
const DISC = { x: 130, y: 180, radius: 80 };
const BOX = { left: 280, top: 110, right: 420, bottom: 260 };
const onDisc = (x: number, y: number) => Math.hypot(x - DISC.x, y - DISC.y) < DISC.radius;
const onBox = (x: number, y: number) => x >= BOX.left && x < BOX.right && y >= BOX.top && y < BOX.bottom;
const LEAST_IOU = 0.85;

type PromptRequest = NonNullable<Extract<PipelineRequest['background'], object>['prompt']>;

const scratch = createScratch();
let photo: string;
beforeAll(async () => {
  photo = await scratch.write(drawTable());
  await scratch.start();
});
afterAll(() => scratch.close());

/** Both are shaded, so that neither has one colour. */
function drawTable(): Raster {
  const photo = createRaster(WIDTH, HEIGHT, 3);
  for (let y = 0, i = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++, i += 3) {
      const light = onDisc(x, y) ? 1 - Math.hypot(x - DISC.x + 20, y - DISC.y + 30) / 250 : 1 - (0.2 * y) / HEIGHT;
      const colour = onDisc(x, y) ? [225, 80, 60] : onBox(x, y) ? [40, 72, 160] : [222, 217, 209];
      photo.data.set(
        colour.map((value) => Math.round(value * light)),
        i,
      );
    }
  }
  return photo;
}

async function cutOut(prompt: PromptRequest) {
  const background = { prompt, decontaminate: false };
  const { report } = await scratch.run(photo, { background, output: { format: 'png', channels: 'alpha' } });
  return { report, alpha: new Uint8Array(await sharp(report.result.path).extractChannel(0).raw().toBuffer()) };
}

/** Of what is more than half kept. */
function iou(alpha: Uint8Array, wanted: (x: number, y: number) => boolean): number {
  let [common, either] = [0, 0];
  alpha.forEach((value, i) => {
    const [kept, meant] = [value > 127, wanted(i % WIDTH, Math.trunc(i / WIDTH))];
    if (kept && meant) common++;
    if (kept || meant) either++;
  });
  return common / either;
}

const disc: [number, number, 0 | 1] = [DISC.x, DISC.y, 1];
const box: [number, number, 0 | 1] = [350, 185, 1];

describe('the model for prompts that ships', () => {
  it('serves where none is named', async () => {
    const { report } = await cutOut({ points: [disc] });
    expect(report.stages.map(({ model }) => model)).toEqual(['compact-click']);
  });

  it.each<[string, PromptRequest, (x: number, y: number) => boolean]>([
    ['a box around the disc', { boxes: [[50, 100, 210, 260]] }, onDisc],
    ['a click on each', { points: [disc, box] }, (x, y) => onDisc(x, y) || onBox(x, y)],
  ])('cuts out what is meant by %s', async (_, prompt, meant) => {
    const { alpha } = await cutOut(prompt);
    expect(iou(alpha, meant)).toBeGreaterThan(LEAST_IOU);
  });

  it('takes two boxes for two products', async () => {
    const { alpha, report } = await cutOut({
      boxes: [
        [50, 100, 210, 260],
        [BOX.left, BOX.top, BOX.right, BOX.bottom],
      ],
    });
    expect(iou(alpha, (x, y) => onDisc(x, y) || onBox(x, y))).toBeGreaterThan(LEAST_IOU);
    expect(report.stages[0]?.notes).toContainEqual(expect.stringMatching(/^mask score \d\.\d\d, \d\.\d\d$/));
  });

  it('offers the mask of an answer for the next prompt, and takes it', async () => {
    const { report } = await cutOut({ points: [disc] });
    const { path } = report.also.prompt_mask ?? {};
    if (path === undefined) throw new Error('there is no mask for a next prompt');
    const { alpha } = await cutOut({ points: [disc, box], mask: await readFile(path, 'utf8') });
    expect(iou(alpha, (x, y) => onDisc(x, y) || onBox(x, y))).toBeGreaterThan(LEAST_IOU);
  });
});
