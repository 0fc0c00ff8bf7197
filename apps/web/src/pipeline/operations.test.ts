import { PRESETS, pipelineSchema, resolvePipeline, STAGES } from '@packshot/contracts';
import {
  type Draft,
  draftOf,
  type Field,
  modeOf,
  OPERATIONS,
  read,
  type Stage,
  withMode,
  withStagePictures,
  write,
} from './operations';

const OFF = draftOf(resolvePipeline(pipelineSchema.parse({})));
const on = (stage: Stage) => (stage.name === 'output' ? OFF : withMode(OFF, stage, 'on'));
const faults = (draft: Draft) => pipelineSchema.safeParse(draft).error?.issues ?? [];

function valuesOf({ control }: Field): unknown[] {
  switch (control.kind) {
    case 'choice':
      return control.choices.map(({ value }) => value);
    case 'number':
      return [control.min, control.max];
    case 'switch':
      return [true, false];
    case 'colour':
      return ['#12ab34'];
    case 'model':
      return ['some-model'];
  }
}

test('every operation of the server has its place in the form, in the order in which they run', () => {
  expect(OPERATIONS.map(({ name }) => name)).toEqual([...STAGES, 'output']);
});

const fields = OPERATIONS.flatMap((stage) =>
  stage.fields.map((field) => ({ stage, field, name: [stage.name, ...field.path].join('.') })),
);

test.each(fields)('the server accepts whatever can be set for $name', ({ stage, field }) => {
  for (const value of valuesOf(field)) {
    const draft = on(stage);
    const operation = draft[stage.name];
    if (operation === false) throw new Error('it is off');
    const next = { ...draft, [stage.name]: write(operation, field.path, value) };
    expect({ value, faults: faults(next) }).toEqual({ value, faults: [] });
    expect(read(next[stage.name] || {}, field)).toEqual(value);
  }
});

test.each(fields)('what the form shows for $name when nothing was said is what the server does', ({ stage, field }) => {
  const request = { [stage.name]: stage.name === 'output' ? {} : true };
  const resolved = draftOf(resolvePipeline(pipelineSchema.parse(request)));
  expect(read(resolved[stage.name] || {}, field)).toEqual(field.control.initial);
});

test.each(OPERATIONS.filter(({ name }) => name !== 'output'))(
  '$name is off, on or, where it may be, automatic',
  (stage) => {
    for (const mode of ['off', 'on', ...(stage.auto ? (['auto'] as const) : [])] as const) {
      const draft = withMode(OFF, stage, mode);
      expect(faults(draft)).toEqual([]);
      expect(modeOf(draft, stage)).toBe(mode);
    }
  },
);

test.each(Object.entries(PRESETS))('a preset as the server lists it, %s, goes back unchanged', (_, preset) => {
  const listed = resolvePipeline(pipelineSchema.parse(preset));
  expect(resolvePipeline(pipelineSchema.parse(draftOf(listed)))).toEqual(listed);
});

test.each(Object.entries(PRESETS))(
  'to keep the pictures of stages changes nothing else of the preset %s',
  (_, preset) => {
    const before = resolvePipeline(pipelineSchema.parse(preset));
    const kept = withStagePictures(withStagePictures(draftOf(before)));
    const { also, ...output } = before.output;
    expect(resolvePipeline(pipelineSchema.parse(kept))).toEqual({
      ...before,
      output: { ...output, also: [...also, 'stages'] },
    });
  },
);

test('a parameter that is left to the server again is not sent', () => {
  expect(write({ canvas: { width: 800, height: 600 } }, ['canvas', 'width'], null)).toEqual({
    canvas: { height: 600 },
  });
});
