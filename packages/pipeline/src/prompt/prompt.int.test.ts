import { mkdirSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type PipelineRequest, type Prompt, pipelineSchema, resolvePipeline } from '@packshot/contracts';
import { sharp } from '../image/loaders';
import { createNetworks, type Networks } from '../models/networks';
import { readRegistry } from '../models/registry';
import { processImage } from '../process-image';
import { createInference } from '../runtime/inference';
import type { Session } from '../runtime/session';
import { createScratch, runnerOptions } from '../testing/scratch';
import { EmbeddingCache } from './embedding-cache';

const FIXTURES = resolve(__dirname, '../../fixtures/prompt');
const [WIDTH, HEIGHT] = [96, 72];
const COSTS = {
  codec: 1,
  stages: { denoise: 1, deblur: 1, shadow: 1, contrast: 0, background: 1, upscale: 1, compose: 0 },
  fourfold: 1,
  models: {},
};
/** Of 255: rounding, and single precision through sigmoids. */
const TOLERANCE = { most: 2, mean: 0.1 };

type AskedPrompt = Partial<Prompt> & { former?: boolean };
interface Case {
  decoder: 'boxes' | 'corners';
  prompt: AskedPrompt;
  faults: string[];
  scores: number[];
}
const cases: Case[] = JSON.parse(readFileSync(join(FIXTURES, 'cases.json'), 'utf8'));

const scratch = createScratch();
const inference = createInference(runnerOptions);
/** How often the encoder of any model ran. */
let encoded = 0;
let networks: Networks;

/** The models of a process, with an eye on their encoders. */
async function watched(): Promise<Networks> {
  const places = { ...runnerOptions, modelsDir: FIXTURES };
  const loaded = createNetworks(inference, places, await readRegistry(FIXTURES, places.storeDir), {});
  const get: Networks['get'] = async (...asked) => {
    const network = await loaded.get(...asked);
    const { encoder } = network.graphs;
    if (encoder === undefined) return network;
    const session: Session = {
      run: (inputs, outputs) => {
        encoded++;
        return encoder.session.run(inputs, outputs);
      },
    };
    return { ...network, graphs: { ...network.graphs, encoder: { ...encoder, session } } };
  };
  return { ...loaded, get };
}

/** Alphas one below the other: for each case the right one, then those of its faults. */
let references: Uint8Array[];
const shared = new EmbeddingCache();
beforeAll(async () => {
  const tall = new Uint8Array(await sharp(join(FIXTURES, 'reference.png')).extractChannel(0).raw().toBuffer());
  const size = WIDTH * HEIGHT;
  references = Array.from({ length: tall.length / size }, (_, i) => tall.subarray(i * size, (i + 1) * size));
  networks = await watched();
});
afterAll(async () => {
  await inference.close();
  await scratch.remove();
});

/** As the generator makes it: 8-bit logits. */
function formerMask(): string {
  const bytes = Uint8Array.from({ length: 256 * 256 }, (_, i) =>
    Math.trunc(Math.max(0, 255 - 2 * Math.hypot((i % 256) - 190, Math.trunc(i / 256) - 120))),
  );
  return Buffer.from(bytes).toString('base64');
}

function cutOut({ former, ...prompt }: AskedPrompt, decoder = 'boxes'): PipelineRequest {
  const asked = { ...prompt, ...(former ? { mask: formerMask() } : {}) };
  const background = { model: `prompt-${decoder}`, prompt: asked, matting: 'none', decontaminate: false } as const;
  return { background, output: { format: 'png' } };
}

/** `embeddings`: what the process remembers; a new one is a process that was just started. */
async function run(request: PipelineRequest, embeddings = shared, embeddingsDir?: string, owner?: string) {
  const outputDir = scratch.path('out');
  mkdirSync(outputDir);
  const before = encoded;
  const report = await processImage(
    {
      inputPath: join(FIXTURES, 'photo.png'),
      outputDir,
      pipeline: resolvePipeline(pipelineSchema.parse(request)),
      ...(embeddingsDir === undefined ? {} : { embeddingsDir }),
      ...(owner === undefined ? {} : { owner }),
    },
    { limits: runnerOptions.limits, networks, embeddings, costs: COSTS, versions: {} },
  );
  const kept = JSON.parse(await readFile(join(outputDir, 'result.json'), 'utf8'));
  const alpha = new Uint8Array(await sharp(report.mask?.path).extractChannel(0).raw().toBuffer());
  const notes = report.stages.flatMap((stage) => stage.notes ?? []);
  return { alpha, notes, prompt: kept.prompt, encoded: encoded - before };
}

function difference(alpha: Uint8Array, reference: Uint8Array | undefined): { most: number; mean: number } {
  expect(alpha.length).toBe(reference?.length);
  let [most, sum] = [0, 0];
  alpha.forEach((value, i) => {
    const apart = Math.abs(value - (reference?.[i] ?? 0));
    most = Math.max(most, apart);
    sum += apart;
  });
  return { most, mean: sum / alpha.length };
}

/** Where the alpha of a case lies among the references. */
function placeOf(index: number): number {
  return cases.slice(0, index).reduce((place, { faults }) => place + 1 + faults.length, 0);
}

for (const [index, { decoder, prompt, faults, scores }] of cases.entries()) {
  describe(`a cut-out by ${JSON.stringify(prompt)} with a decoder that takes ${decoder}`, () => {
    let outcome: Awaited<ReturnType<typeof run>>;
    beforeAll(async () => {
      outcome = await run(cutOut(prompt, decoder));
    });

    it('is that of the reference, with its scores', () => {
      const found = difference(outcome.alpha, references[placeOf(index)]);
      expect(found.most).toBeLessThanOrEqual(TOLERANCE.most);
      expect(found.mean).toBeLessThanOrEqual(TOLERANCE.mean);
      expect(outcome.prompt.scores).toHaveLength(scores.length);
      for (const [i, score] of scores.entries()) expect(outcome.prompt.scores[i]).toBeCloseTo(score, 3);
      expect(outcome.notes).toContain(`mask score ${scores.map((score) => score.toFixed(2)).join(', ')}`);
    });

    for (const [i, fault] of faults.entries()) {
      it(`is not that of a reference with the fault "${fault}"`, () => {
        const found = difference(outcome.alpha, references[placeOf(index) + 1 + i]);
        expect(found.mean).toBeGreaterThan(5 * TOLERANCE.mean);
      });
    }
  });
}

const CLICK: AskedPrompt = { points: [[31, 41, 1]] };

describe('the encoder', () => {
  it('runs once for twenty clicks on one photo', async () => {
    const started = new EmbeddingCache();
    const before = encoded;
    const answers = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const { alpha } = await run(cutOut({ points: [[4 * i, 3 * i, 1]] }), started);
      answers.add(Buffer.from(alpha).toString('base64'));
    }
    expect(encoded - before).toBe(1);
    expect(answers.size).toBe(20);
  });

  it('runs once for two clicks at the same moment', async () => {
    const started = new EmbeddingCache();
    const before = encoded;
    await Promise.all([run(cutOut(CLICK), started), run(cutOut({ points: [[60, 20, 1]] }), started)]);
    expect(encoded - before).toBe(1);
  });

  it('runs again for another model', async () => {
    const started = new EmbeddingCache();
    expect((await run(cutOut(CLICK), started)).encoded).toBe(1);
    expect((await run(cutOut(CLICK, 'corners'), started)).encoded).toBe(1);
    expect((await run(cutOut(CLICK), started)).encoded).toBe(0);
  });

  it('runs again for a photo that is prepared in another way, and both are remembered', async () => {
    const started = new EmbeddingCache();
    const other = cutOut(CLICK);
    Object.assign(other.background as object, { compatibility: 'transformers.js' });
    expect((await run(cutOut(CLICK), started)).encoded).toBe(1);
    expect((await run(other, started)).encoded).toBe(1);
    expect((await run(cutOut(CLICK), started)).encoded).toBe(0);
    expect((await run(other, started)).encoded).toBe(0);
  });

  it('runs again for the same photo of somebody else, who so does not learn of the first', async () => {
    const started = new EmbeddingCache();
    await run(cutOut(CLICK), started, undefined, 'first');
    expect((await run(cutOut(CLICK), started, undefined, 'second')).encoded).toBe(1);
    expect((await run(cutOut(CLICK), started, undefined, 'first')).encoded).toBe(0);
  });

  it('runs again for a photo that memory had no room for', async () => {
    const tight = new EmbeddingCache({ images: 1, bytes: 1e9 });
    await run(cutOut(CLICK), tight);
    await run(cutOut(CLICK, 'corners'), tight);
    expect((await run(cutOut(CLICK), tight)).encoded).toBe(1);
  });

  it('does not run in another process that is given what the first one wrote, and the result is the same', async () => {
    const folder = scratch.path('embeddings');
    mkdirSync(folder);
    const first = await run(cutOut(CLICK), new EmbeddingCache(), folder);
    expect(first).toMatchObject({ encoded: 1, notes: expect.arrayContaining(['image embedding: computed']) });
    const second = await run(cutOut(CLICK), new EmbeddingCache(), folder);
    expect(second).toMatchObject({ encoded: 0, notes: expect.arrayContaining(['image embedding: folder']) });
    expect(second.alpha).toEqual(first.alpha);
  });

  it('runs where what the first process wrote was cut off', async () => {
    const folder = scratch.path('embeddings');
    mkdirSync(folder);
    await run(cutOut(CLICK), new EmbeddingCache(), folder);
    const [name = ''] = readdirSync(folder);
    truncateSync(join(folder, name), 1000);
    expect((await run(cutOut(CLICK), new EmbeddingCache(), folder)).encoded).toBe(1);
  });
});

describe('the mask of an answer', () => {
  it('is taken back by the next prompt, and changes its answer', async () => {
    const first = await run(cutOut(CLICK, 'corners'));
    const again = await run(cutOut({ ...CLICK, mask: first.prompt.mask }, 'corners'));
    expect(difference(again.alpha, first.alpha).mean).toBeGreaterThan(1);
  });

  it('is refused where the decoder takes none', async () => {
    await expect(run(cutOut({ ...CLICK, mask: formerMask() }))).rejects.toMatchObject({
      code: 'invalid_pipeline',
      message: 'The model prompt-boxes does not support the mask of a former answer.',
    });
  });
});

describe('a prompt', () => {
  it.each<[string, AskedPrompt, string]>([
    ['point', { points: [[97, 10, 1]] }, 'the point 97, 10 lies outside the image of 96 x 72 pixels'],
    ['box', { boxes: [[10, 72, 20, 90]] }, 'the box at 10, 72 lies outside the image of 96 x 72 pixels'],
  ])('whose %s lies outside the photo is refused', async (_, prompt, text) => {
    await expect(run(cutOut(prompt))).rejects.toMatchObject({
      code: 'invalid_pipeline',
      message: `In the prompt ${text}.`,
    });
  });

  it('is wanted by a model that takes prompts', async () => {
    await expect(run({ background: { model: 'prompt-boxes' } })).rejects.toMatchObject({ code: 'invalid_pipeline' });
  });
});
