import type { Pipeline, StageName } from '@packshot/contracts';
import { text } from '../strings';

const t = text.pipeline;

/** How a parameter is shown. `initial` is what the server does when nothing is said. */
type Control =
  | { kind: 'choice'; choices: readonly { label: string; value: unknown }[]; initial: unknown }
  | { kind: 'number'; min: number; max: number; step: number; initial: number | null }
  | { kind: 'switch'; initial: boolean }
  | { kind: 'colour'; initial: string }
  | { kind: 'model'; task: string; initial: null };

export interface Field {
  /** Where it stands in the operation. */
  path: readonly [string, ...string[]];
  label: string;
  hint?: string;
  control: Control;
  /** Shown only where this says so of the operation. */
  shownFor?: (operation: Values) => boolean;
}

export interface Stage {
  name: StageName | 'output';
  label: string;
  hint: string;
  /** Whether the server can decide by itself if it is needed. */
  auto: boolean;
  fields: readonly Field[];
}

export type Values = Readonly<Record<string, unknown>>;

/** The canonical pipeline, as loosely as a form needs it: parameters that no field stands for stay as they are. */
export type Draft = Readonly<Record<Stage['name'], Values | false>>;

const share = (path: Field['path'], label: string, initial: number, hint?: string): Field => ({
  path,
  label,
  ...(hint !== undefined && { hint }),
  control: { kind: 'number', min: 0, max: 1, step: 0.05, initial },
});
const model = (task: string): Field => ({
  path: ['model'],
  label: t.model,
  control: { kind: 'model', task, initial: null },
});
const choice = (
  path: Field['path'],
  label: string,
  values: Readonly<Record<string, unknown>>,
  hint?: string,
): Field => {
  const choices = Object.entries(values).map(([label, value]) => ({ label, value }));
  return {
    path,
    label,
    ...(hint !== undefined && { hint }),
    control: { kind: 'choice', choices, initial: choices[0]?.value },
  };
};
const pixels = (path: Field['path'], label: string): Field => ({
  path,
  label,
  control: { kind: 'number', min: 1, max: 16_384, step: 1, initial: null },
});

/** Every operation, in the order in which they run, and what of it can be set here: the form is made of this. */
export const OPERATIONS: readonly Stage[] = [
  { name: 'denoise', ...t.denoise, auto: true, fields: [share(['strength'], t.strength, 1), model('denoise')] },
  {
    name: 'deblur',
    ...t.deblur,
    auto: true,
    fields: [
      choice(['kind'], t.blurKind, { [t.byModel]: 'auto', [t.motion]: 'motion', [t.defocus]: 'defocus' }),
      share(['strength'], t.strength, 1),
      model('deblur'),
    ],
  },
  {
    name: 'shadow',
    ...t.shadow,
    auto: true,
    fields: [
      choice(['mode'], t.shadowMode, { [t.shadowRemove]: 'remove', [t.shadowKeep]: 'keep' }),
      share(['strength'], t.strength, 1),
    ],
  },
  {
    name: 'contrast',
    ...t.contrast,
    auto: false,
    fields: [
      { path: ['clip_limit'], label: t.clipLimit, control: { kind: 'number', min: 1, max: 40, step: 0.5, initial: 2 } },
      share(['smooth'], t.smooth, 0),
      share(['edges'], t.edges, 0),
    ],
  },
  {
    name: 'background',
    ...t.background,
    auto: false,
    fields: [
      model('background'),
      choice(
        ['matting'],
        t.matting,
        { [t.mattingGuided]: 'guided', [t.mattingNone]: 'none', [t.mattingClosed]: 'closed-form' },
        t.mattingHint,
      ),
      {
        path: ['decontaminate'],
        label: t.decontaminate,
        hint: t.decontaminateHint,
        control: { kind: 'switch', initial: true },
      },
    ],
  },
  {
    name: 'upscale',
    ...t.upscale,
    auto: true,
    fields: [choice(['scale'], t.scale, { '2×': 2, '4×': 4 }), model('upscale')],
  },
  {
    name: 'compose',
    ...t.compose,
    auto: false,
    fields: [
      choice(['background'], t.backdrop, {
        [t.white]: { color: '#ffffff' },
        [t.grey]: { color: '#f2f2f2' },
        [t.transparent]: 'transparent',
        [t.blurred]: { blur: 0.02 },
      }),
      {
        path: ['background', 'color'],
        label: t.colour,
        control: { kind: 'colour', initial: '#ffffff' },
        shownFor: ({ background }) => typeof (background as { color?: unknown } | undefined)?.color === 'string',
      },
      { path: ['crop'], label: t.crop, hint: t.cropHint, control: { kind: 'switch', initial: false } },
      choice(['margin'], t.margin, { [t.none]: 0, '5 %': '5%', '8 %': '8%', '12 %': '12%' }),
      pixels(['canvas', 'width'], t.width),
      pixels(['canvas', 'height'], t.height),
      choice(['shadow'], t.newShadow, {
        [t.none]: false,
        [t.groundShadow]: { kind: 'ground' },
        [t.contactShadow]: { kind: 'contact' },
        [t.dropShadow]: { kind: 'drop' },
        [t.floatingShadow]: { kind: 'floating' },
      }),
      choice(['outline'], t.outline, { [t.none]: false, [t.outlineWhite]: { width: 8, color: '#ffffff' } }),
    ],
  },
  {
    name: 'output',
    ...t.output,
    auto: false,
    fields: [
      choice(['format'], t.format, {
        [t.formatAuto]: 'auto',
        PNG: 'png',
        WebP: 'webp',
        JPEG: 'jpeg',
        AVIF: 'avif',
        TIFF: 'tiff',
        [t.formatZip]: 'zip',
      }),
      { path: ['quality'], label: t.quality, control: { kind: 'number', min: 1, max: 100, step: 1, initial: 90 } },
      choice(['icc'], t.colours, { [t.srgb]: 'srgb', [t.keepProfile]: 'keep' }),
      choice(['also'], t.also, { [t.none]: [], [t.alsoCutout]: ['cutout'], [t.alsoPreview]: ['preview'] }, t.alsoHint),
    ],
  },
];

export type Mode = 'off' | 'on' | 'auto';

export function modeOf(draft: Draft, { name }: Stage): Mode {
  const operation = draft[name];
  if (operation === false) return 'off';
  return operation.when === 'auto' ? 'auto' : 'on';
}

/** Switched off and on again, an operation has its usual parameters. */
export function withMode(draft: Draft, { name }: Stage, mode: Mode): Draft {
  const when = mode === 'auto' ? 'auto' : 'always';
  return { ...draft, [name]: mode === 'off' ? false : { ...draft[name], when } };
}

export function read(operation: Values, { path, control }: Field): unknown {
  let value: unknown = operation;
  for (const name of path) value = isValues(value) ? value[name] : undefined;
  return value ?? control.initial;
}

/** `null` leaves it to the server. */
export function write(operation: Values, path: readonly string[], value: unknown): Values {
  const [name, ...rest] = path;
  if (name === undefined) return operation;
  if (rest.length === 0 && value === null) {
    const { [name]: _, ...others } = operation;
    return others;
  }
  const inner = operation[name];
  return { ...operation, [name]: rest.length === 0 ? value : write(isValues(inner) ? inner : {}, rest, value) };
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function draftOf(pipeline: Pipeline): Draft {
  return pipeline as unknown as Draft;
}

/** The same pipeline with the picture kept after each stage. */
export function withStagePictures(draft: Draft): Draft {
  const { output } = draft;
  if (output === false) return draft;
  const also = Array.isArray(output.also) ? output.also : [];
  return also.includes('stages') ? draft : { ...draft, output: { ...output, also: [...also, 'stages'] } };
}
