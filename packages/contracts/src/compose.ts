import { z } from 'zod';
import { idPattern } from './ids';
import { s3ReferenceSchema } from './image-source';

const share = z.number().min(0).max(1);
const pixels = z.number().int().min(0).max(16_384);

/** `#rgb`, `#rgba`, `#rrggbb` or `#rrggbbaa`; without its last part opaque. */
const colour = z
  .string()
  .regex(/^#([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$/, 'a colour as #rrggbb or #rrggbbaa');

/** Pixels as a number, or a share as `"5%"`. */
const length = z.union([pixels, z.string().regex(/^\d{1,2}(\.\d{1,3})?%$/, 'pixels, or a share below "100%"')]);
export type Length = z.infer<typeof length>;

const margins = z.union([
  length,
  z
    .strictObject({
      top: length.default(0),
      right: length.default(0),
      bottom: length.default(0),
      left: length.default(0),
    })
    .meta({ id: 'Margins' }),
]);
export type Margins = z.infer<typeof margins>;

const backgroundImage = z
  .strictObject({
    url: z.string().max(4096).optional(),
    base64: z.string().optional(),
    upload: z.string().regex(idPattern('upl')).optional(),
    s3: s3ReferenceSchema.optional(),
  })
  .refine(
    ({ url, base64, upload, s3 }) => [url, base64, upload, s3].filter((source) => source !== undefined).length === 1,
    'exactly one of url, base64, upload and s3',
  )
  .meta({
    id: 'BackgroundImage',
    description:
      'A picture to stand before, its transparency on white: exactly one of url, base64, upload and s3. `base64` is kept as an upload when the job is accepted.',
  });
export type BackgroundImage = z.infer<typeof backgroundImage>;

const background = z.union([
  z.literal('transparent'),
  z.strictObject({ color: colour }).meta({ id: 'ColorBackdrop' }),
  z
    .strictObject({ image: backgroundImage, fit: z.enum(['cover', 'contain', 'stretch']).default('cover') })
    .meta({ id: 'ImageBackdrop', description: '`contain` leaves white around the picture.' }),
  z.strictObject({ blur: z.number().min(0.002).max(0.1) }).meta({
    id: 'BlurBackdrop',
    description: 'The old background, blurred; the standard deviation as a share of its long side.',
  }),
]);

const shadow = z
  .strictObject({
    kind: z.enum(['drop', 'ground', 'contact', 'floating']).default('ground'),
    opacity: share.default(0.4),
    angle: z.number().min(0).lt(360).default(60),
    distance: z.number().min(0).max(1).optional(),
    softness: z.number().min(0).max(0.5).optional(),
    color: colour.default('#000000'),
  })
  .meta({
    id: 'ComposeShadow',
    description:
      "Made from the matte. `drop`: behind the product, as on a wall. `ground`: on the floor it stands on, away from the light. `contact`: dark and narrow, where it touches the floor. `floating`: soft, below a product that hovers. `angle`: where a drop or ground shadow falls, in degrees clockwise from the right (90 is down). `distance`, how far it falls or how high the product hovers, and `softness` are shares of the product's longer side; each kind has its own usual ones.",
  });
export type ComposeShadow = z.infer<typeof shadow>;

const outline = z
  .strictObject({
    width: z.number().int().min(1).max(200).default(8),
    color: colour.default('#ffffff'),
  })
  .meta({ id: 'Outline', description: 'A line around the product, outside its edge.' });

const canvas = z
  .strictObject({
    width: pixels.min(1).optional(),
    height: pixels.min(1).optional(),
    aspect: z
      .string()
      .regex(/^[1-9]\d{0,4}:[1-9]\d{0,4}$/, 'width:height, as 4:5')
      .optional(),
  })
  .refine(({ width, height, aspect }) => width === undefined || height === undefined || aspect === undefined, {
    message: 'width and height say it already',
    path: ['aspect'],
  })
  .meta({
    id: 'Canvas',
    description:
      'Without `width` and `height` the canvas is as large as what is placed on it, and its margins; `aspect` then widens it. With one of them the other follows from `aspect`, or from what is placed.',
  });

/**
 * Puts the cut-out on a canvas. What is placed is the whole frame; with `crop`, `scale` or a `position` the product alone, that is
 * the box around its matte.
 */
export const composeFields = {
  background: background.default({ color: '#ffffff' }),
  crop: z.boolean().default(false).describe('the canvas is made for the product instead of the frame'),
  margin: margins
    .default(0)
    .describe(
      'kept free around it; shares are of the canvas when that has a `width` or `height`, else of what is placed',
    ),
  scale: z
    .union([z.literal('original'), z.number().min(0.01).max(1)])
    .optional()
    .describe(
      'how much of the room inside the margins it fills by its tighter side, or `original`; by default all of it on a canvas of given size, else `original`',
    ),
  position: z
    .union([z.literal('original'), z.strictObject({ x: share, y: share }).meta({ id: 'Position' })])
    .optional()
    .describe(
      "0..1 of the free room from the left and from the top, or `original`; by default the middle, in the picture's own frame where it was",
    ),
  canvas: canvas.prefault({}),
  shadow: z.union([z.literal(false), shadow]).default(false),
  outline: z.union([z.literal(false), outline]).default(false),
};
