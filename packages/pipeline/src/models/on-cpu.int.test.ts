import { createInference, type Inference } from '../runtime/inference';
import { fixtureRecord, modelsFolder } from '../testing/graph-fixtures';
import { runnerOptions } from '../testing/scratch';
import { createNetworks, type Networks } from './networks';
import { readRegistry } from './registry';

const size = { policy: 'stretch', width: 32, height: 32 } as const;
const cutout = (id: string, rest: Partial<ReturnType<typeof fixtureRecord>> = {}) =>
  fixtureRecord('alpha', 'background', {}, {}, { id, size, ...rest });

let inference: Inference;
let folder: Awaited<ReturnType<typeof modelsFolder>>;
beforeAll(async () => {
  inference = createInference(runnerOptions);
  folder = await modelsFolder([cutout('usual', { default: true }), cutout('usual-int8', { cpu_form_of: 'usual' })]);
});
afterAll(async () => {
  await inference.close();
  await folder.remove();
});

async function networks(providers: readonly string[], settled?: string): Promise<Networks> {
  const registry = await readRegistry(folder.modelsDir);
  const preferred = settled === undefined ? {} : { background: settled };
  return createNetworks(
    { ...inference, providers },
    { ...runnerOptions, modelsDir: folder.modelsDir },
    registry,
    preferred,
  );
}

it('runs the form for CPUs there where nobody named a model', async () => {
  const here = await networks(['cpu']);
  expect((await here.get('background', undefined)).record.id).toBe('usual-int8');
  expect(here.defaultOf('background')?.id).toBe('usual-int8');
});

it('runs the default itself where a GPU comes first', async () => {
  expect(await (await networks(['cuda', 'cpu'])).choose('background')).toBe('usual');
});

it('takes a name at its word, in a pipeline and in the settings', async () => {
  expect((await (await networks(['cpu'])).get('background', 'usual')).record.id).toBe('usual');
  expect(await (await networks(['cpu'], 'usual')).choose('background')).toBe('usual');
});

it('refuses a form that is no model for the task', async () => {
  const wrong = await modelsFolder([cutout('usual', { cpu_form_of: 'nowhere' })]);
  await expect(readRegistry(wrong.modelsDir)).rejects.toMatchObject({
    message: 'usual: its cpu_form_of nowhere is no model for background',
  });
  await wrong.remove();
});
