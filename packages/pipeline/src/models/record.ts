import { z } from 'zod';
import { modelFile } from './record-file';
import { type GraphOutput, modelGraph } from './record-graph';

/** A model's task: the stage that it serves, `matting` and `prompt` within the cut-out. */
export const MODEL_TASKS = ['denoise', 'deblur', 'shadow', 'background', 'upscale', 'matting', 'prompt'] as const;
export type ModelTask = (typeof MODEL_TASKS)[number];

/** Named sets to fetch at once; what is in `balanced` and `quality` may be used commercially. */
export const MODEL_PACKS = ['compact', 'balanced', 'quality'] as const;

const side = z.number().int().positive();
const multiple = z.union([1, 2, 4, 8, 16, 32, 64, 80, 128].map((n) => z.literal(n)));
/** `area` averages what a pixel covers; the others are the filters of the field, widened where they shrink (antialias). */
const resample = z.enum(['area', 'bilinear', 'bicubic', 'lanczos']).default('bilinear');
const pad = z.enum(['zero', 'reflect']);

/** How pictures enter a graph. */
const size = z.discriminatedUnion('policy', [
  /** The whole picture squashed to one size, its aspect not kept. */
  z.strictObject({ policy: z.literal('stretch'), width: side, height: side, resample }),
  /** The whole picture inside one size with its aspect kept, from the top left; the rest is padding. */
  z.strictObject({ policy: z.literal('letterbox'), width: side, height: side, resample, pad: pad.default('zero') }),
  /** The whole picture at its own size, made smaller above `most` on the long side, padded right and bottom. */
  z.strictObject({
    policy: z.literal('multiple'),
    multiple,
    pad: pad.default('zero'),
    pad_after_normalisation: z.boolean().default(true),
    most: side,
    resample,
    /** For nets that take a trimap and look no further than `overlap`: they run on tiles, where something is open. */
    tiles: z.strictObject({ side, overlap: side }).optional(),
  }),
  /**
   * Tiles whose sides are multiples of `multiple`. `overlap` is how far a neighbour can reach into an output pixel; a net
   * whose reach is really no longer is `exact`: its tiles joined without blending equal the whole picture in one run, to a
   * step of 8 bits. Others are feathered. `fixed`: every tile has this very size, because the answer depends on it.
   */
  z.strictObject({
    policy: z.literal('tile'),
    multiple,
    tile: side,
    overlap: z.number().int().nonnegative(),
    exact: z.boolean(),
    pad: z.literal('reflect').default('reflect'),
    fixed: z.boolean().default(false),
  }),
  /** The whole picture as it is. */
  z.strictObject({ policy: z.literal('native') }),
]);
export type SizePolicy = z.infer<typeof size>;

const licence = z.strictObject({
  /** An SPDX expression, or `LicenseRef-…`; `unknown` where the publisher says nothing. */
  spdx: z.string().min(1),
  commercial: z.boolean(),
  /** The licence must be accepted by name before the model is fetched or loaded. */
  accept: z.boolean().default(false),
  note: z.string().min(1).optional(),
});

const id = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,79}$/);

/** One file of `models/registry`: the facts of one model. Code reads these and never tests an id or an architecture. */
export const modelRecordSchema = z
  .strictObject({
    id,
    task: z.enum(MODEL_TASKS),
    /** Serves its task when neither the pipeline nor the settings name a model. One per task; it ships with Packshot. */
    default: z.boolean().default(false),
    description: z.string().min(1),
    architecture: z.string().min(1),
    packs: z.array(z.enum(MODEL_PACKS)).default([]),
    /** `false` is a row for what users may look for and Packshot does not carry; `reason` says why. */
    supported: z.boolean().default(true),
    reason: z.string().min(1).optional(),
    licence,
    files: z.array(modelFile).default([]),
    graphs: z
      .strictObject({ main: modelGraph.optional(), encoder: modelGraph.optional(), decoder: modelGraph.optional() })
      .default({}),
    size: size.optional(),
    /** The blur that a deblurring model was made for; without it, any. */
    blur: z.enum(['motion', 'defocus']).optional(),
    /**
     * How a cut-out of the graph's own size becomes one of the picture's: `colour` also learns the colours of product and
     * backdrop, for small networks; `guided` trusts the answer and only follows the picture's edges.
     */
    refine: z.enum(['colour', 'guided']).optional(),
    /** How strongly an enlarging model takes noise out, where that comes in degrees: 0 keeps it, 1 is most. */
    denoise: z.number().min(0).max(1).optional(),
    /** Of a model that enlarges: the one that takes its place where fourfold is asked for, in one run instead of two. */
    fourfold: id.optional(),
    /** The model to run instead when an answer is not finite, which half precision can cause. */
    fallback: id.optional(),
    /** The model that this one stands in for on a CPU, where eight bits are quicker, unless somebody names that very one. */
    cpu_form_of: id.optional(),
    /** What a run allocates, per megapixel that enters the graph at once, beside the weights. */
    memory_mb_per_megapixel: z.number().positive().optional(),
    /**
     * Billions of multiplications per megapixel that enters. With what this machine does in a second it tells, roughly, how
     * long a run takes that nobody has timed.
     */
    gmacs_per_megapixel: z.number().positive().optional(),
    notes: z.array(z.string().min(1)).default([]),
  })
  .superRefine((record, context) => {
    for (const [path, message] of faults(record)) context.addIssue({ code: 'custom', path: [path], message });
  });

export type ModelRecord = z.infer<typeof modelRecordSchema>;
export type { ModelFile } from './record-file';
export type { GraphContract, GraphInput, GraphOutput } from './record-graph';

type Fault = [path: string, message: string];
type Parsed = Omit<ModelRecord, 'size'> & { size?: SizePolicy | undefined };

function faults(record: Parsed): Fault[] {
  return [...standing(record), ...(record.supported ? [...filesAndGraphs(record), ...sizing(record)] : [])];
}

function standing({ supported, reason, licence, packs, ...record }: Parsed): Fault[] {
  const found: Fault[] = [];
  if (supported === (reason !== undefined)) found.push(['reason', 'belongs to what is not supported, and only there']);
  if (supported && !licence.commercial && !licence.accept) {
    found.push(['licence', 'what may not be used commercially must be accepted']);
  }
  if (!licence.commercial && packs.length > 0) found.push(['packs', 'packs hold what may be used commercially']);
  if (!supported && (record.default || packs.length > 0 || record.files.length > 0)) {
    found.push(['supported', 'what is not supported has no files and is in no pack']);
  }
  if (record.default && record.files.some((file) => file.bundled === undefined)) {
    found.push(['default', 'a default model ships with Packshot']);
  }
  return found;
}

function filesAndGraphs({ files, graphs, task }: Parsed): Fault[] {
  const found: Fault[] = [];
  const roles = files.map((file) => file.role).filter((role) => role !== 'data');
  if (new Set(roles).size !== roles.length) found.push(['files', 'one file a role, data apart']);
  if (new Set(files.map((file) => file.path)).size !== files.length) found.push(['files', 'two of one path']);
  if ([...roles].sort().join() !== Object.keys(graphs).sort().join()) found.push(['graphs', 'one for each file']);
  const split = roles.length === 2 && roles.includes('encoder') && roles.includes('decoder');
  if (!(roles.length === 1 && roles[0] === 'main') && !split)
    found.push(['files', 'either main, or encoder and decoder']);
  const enters = graphs.main ?? graphs.encoder;
  const pictures = enters?.inputs.filter(({ role }) => role === 'image' || role === 'image_and_trimap') ?? [];
  if (pictures.length !== 1) found.push(['graphs', 'exactly one input takes the picture']);
  const inputs = Object.values(graphs).flatMap((graph) => graph?.inputs ?? []);
  if (inputs.some(({ optional, name }) => optional && name === null)) {
    found.push(['graphs', 'an optional input is told by its name']);
  }
  const answers = graphs.main?.outputs.map(({ role }) => role) ?? [];
  const wanted = answersOf(task);
  if (graphs.main !== undefined && answers.filter((role) => wanted.includes(role)).length !== 1) {
    found.push(['graphs', `a model for ${task} has one output ${wanted.join(' or ')}`]);
  }
  return found;
}

function answersOf(task: ModelTask): GraphOutput['role'][] {
  if (task === 'background' || task === 'matting') return ['alpha'];
  return task === 'shadow' ? ['image', 'gain'] : ['image'];
}

function sizing({ size, graphs, refine, task }: Parsed): Fault[] {
  if (size === undefined) return [['size', 'says how pictures enter']];
  const found: Fault[] = [];
  if (task === 'background' && refine === undefined) found.push(['refine', 'a cut-out says how it becomes large']);
  const image = (graphs.main ?? graphs.encoder)?.inputs.find(({ role }) => role === 'image');
  if (size.policy === 'stretch' || size.policy === 'letterbox') {
    const [, , height, width] = image?.dims ?? [];
    if (typeof height === 'number' && height !== size.height) found.push(['size', 'height differs from the graph']);
    if (typeof width === 'number' && width !== size.width) found.push(['size', 'width differs from the graph']);
  }
  if (size.policy === 'multiple' && size.tiles !== undefined) {
    if (task !== 'matting') found.push(['size', 'tiles where something is open belong to matting']);
    if (
      size.tiles.side % 32 !== 0 ||
      size.tiles.side % size.multiple !== 0 ||
      size.tiles.overlap % size.multiple !== 0
    ) {
      found.push(['size', 'tiles and their overlap must be multiples of multiple, tiles of 32']);
    }
  }
  if (size.policy !== 'tile') return found;
  const { tile, overlap, multiple } = size;
  if (tile % 32 !== 0 || tile % multiple !== 0 || overlap % multiple !== 0) {
    found.push(['size', 'tile must be a multiple of 32, tile and overlap of multiple']);
  }
  if (overlap * 4 > tile) found.push(['size', 'tile must be at least four overlaps']);
  return found;
}
