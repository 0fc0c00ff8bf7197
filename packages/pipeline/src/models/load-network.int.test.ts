import { pipelineSchema, resolvePipeline } from '@packshot/contracts';
import { runStages } from '../pipeline';
import { createRaster, type Raster } from '../pixels';
import { EmbeddingCache } from '../prompt/embedding-cache';
import { createInference, type Inference } from '../runtime/inference';
import { fixtureRecord, modelsFolder } from '../testing/graph-fixtures';
import { type PretendedGpu, pretendGpu } from '../testing/pretended-gpu';
import { runnerOptions } from '../testing/scratch';
import { runTiled } from '../tile/run-tiled';
import { loadNetwork } from './load-network';
import { modelMemory } from './memory';
import { ModelSet } from './model-set';
import { type Network, runNetwork, watchNetwork } from './network';
import { createNetworks } from './networks';
import { modelRecordSchema } from './record';
import { readRegistry } from './registry';

const cutout = fixtureRecord(
  'alpha',
  'background',
  {},
  {},
  {
    size: { policy: 'stretch', width: 32, height: 32 },
  },
);
const brighten = fixtureRecord(
  'brighten',
  'denoise',
  {},
  { role: 'image', activation: 'clamp' },
  { size: { policy: 'tile', multiple: 8, tile: 256, overlap: 16, exact: true } },
);

let real: Inference;
let folder: Awaited<ReturnType<typeof modelsFolder>>;
let gpu: PretendedGpu;
beforeAll(async () => {
  real = createInference(runnerOptions);
  folder = await modelsFolder([cutout, brighten]);
});
afterAll(async () => {
  await real.close();
  await folder.remove();
});
beforeEach(() => {
  gpu = { placement: { cuda: 1 }, full: false, asked: [] };
});

const { limits } = runnerOptions;
const load = (providers: readonly string[], record = cutout) =>
  loadNetwork(pretendGpu(real, providers, gpu), folder, modelRecordSchema.parse(record));

describe('the provider of a model', () => {
  it('is the first of the list that it runs on', async () => {
    expect((await load(['cuda', 'cpu'])).provider).toBe('cuda');
    expect((await load(['cpu', 'cuda'])).provider).toBe('cpu');
    expect((await load(['nonesuch', 'cuda', 'cpu'])).provider).toBe('cuda');
  });

  it('is not the one that took the file and left all nodes to the CPU', async () => {
    gpu.placement = { cpu: 1 };
    expect((await load(['cuda', 'cpu'])).provider).toBe('cpu');
    expect(gpu.asked).toEqual(['alpha/main@cuda']);
  });

  it('names the CPU too where that does part of the work', async () => {
    gpu.placement = { cuda: 0.8, cpu: 0.2 };
    expect((await load(['cuda', 'cpu'])).provider).toBe('cuda+cpu');
  });
});

describe('a provider that stands alone in the list is a demand:', () => {
  const reason = (text: string) => ({
    code: 'backend_unavailable',
    message: 'The model alpha does not run on cuda.',
    cause: { message: expect.stringContaining(text) },
  });

  it('a model that runs elsewhere is refused, and the reason told', async () => {
    gpu.placement = { cpu: 1 };
    await expect(load(['cuda'])).rejects.toMatchObject(reason('alpha loads on cuda, but runs on cpu.'));
  });

  it('a model that leaves work to the CPU is refused, and how to allow it told', async () => {
    gpu.placement = { cuda: 0.8, cpu: 0.2 };
    await expect(load(['cuda'])).rejects.toMatchObject(reason('PROVIDERS=cuda,cpu'));
  });

  it('a provider that the runtime does not have is refused, with what it has', async () => {
    await expect(load(['nonesuch'])).rejects.toMatchObject({
      code: 'backend_unavailable',
      cause: { message: expect.stringMatching(/nonesuch.*providers of this build: .*cpu/) },
    });
  });

  it('a model that does not fit into its memory is out of memory, not unavailable', async () => {
    gpu.full = true;
    await expect(load(['cuda'])).rejects.toMatchObject({ code: 'out_of_memory' });
  });
});

it('gives TensorRT no model that pictures of many shapes enter: each would be compiled while an item waits', async () => {
  const native = { ...cutout, size: { policy: 'native' } } as typeof cutout;
  await expect(load(['tensorrt'], native)).rejects.toMatchObject({
    code: 'backend_unavailable',
    cause: { message: expect.stringContaining('Pictures of many shapes enter alpha.') },
  });
});

describe('when the memory of a provider is full', () => {
  const input = () => [{ data: new Float32Array(3 * 32 * 32).fill(0.5), dims: [1, 3, 32, 32] }];

  /** The models of a process whose GPU was large enough to load them. */
  async function filledLater(providers: readonly string[]) {
    const set = new ModelSet(Number.POSITIVE_INFINITY);
    const registry = await readRegistry(folder.modelsDir, folder.storeDir);
    const networks = createNetworks(pretendGpu(real, providers, gpu), folder, registry, {}, set);
    const cut = await networks.get('background', 'alpha');
    const bright = await networks.get('denoise', 'brighten');
    gpu.full = true;
    return { networks, set, cut, bright };
  }

  it('a model that sees the whole picture runs on the next one, loaded there once, and that is said', async () => {
    const { networks, set, cut } = await filledLater(['cuda', 'cpu']);
    const before = set.bytes;
    const { network, heard } = watched(cut);
    const answers = [await runNetwork(network, input()), await runNetwork(network, input())];
    expect(answers[0]?.data).toEqual(answers[1]?.data);
    const note = 'alpha did not fit into the memory of cuda; cpu ran it';
    expect(heard).toEqual([note, 'cpu', note, 'cpu']);
    expect(networks.loaded().map(({ record, provider }) => `${record.id} ${provider}`)).toEqual([
      'alpha cuda',
      'brighten cuda',
      'alpha cpu',
    ]);
    expect(set.bytes).toBe(before + modelMemory(cut.record).weights);
  });

  it('a tiled model first tries smaller tiles, then runs on the next one in large tiles', async () => {
    const { bright } = await filledLater(['cuda', 'cpu']);
    const [source, target, expected] = [plain(300, 40), createRaster(300, 40, 3), createRaster(300, 40, 3)];
    const { network, heard } = watched(bright);
    await runTiled(
      network,
      source,
      target,
      tiledOptions((text) => heard.push(text)),
    );
    expect(new Set(heard)).toEqual(
      new Set([
        'tiles of 256 pixels did not fit into memory; 128 were used',
        'brighten did not fit into the memory of cuda; cpu ran it',
        'cpu',
      ]),
    );
    gpu.full = false;
    await runTiled(bright, source, expected, tiledOptions());
    expect(Buffer.compare(target.data, expected.data)).toBe(0);
  });

  it('the stage of an item says where it ran in the end', async () => {
    const { networks } = await filledLater(['cuda', 'cpu']);
    const pipeline = resolvePipeline(pipelineSchema.parse({ background: { model: 'alpha', decontaminate: false } }));
    const picture = { colour: plain(40, 30), alpha: null };
    const { stages } = await runStages(pipeline, picture, networks, {
      ...{ signal: new AbortController().signal, embeddings: new EmbeddingCache().forRun(null, ''), limits },
      ...{ backgroundPath: undefined, onPicture: async () => undefined, onStage: () => undefined },
    });
    const notes = ['alpha did not fit into the memory of cuda; cpu ran it'];
    expect(stages).toMatchObject([{ name: 'background', model: 'alpha', provider: 'cpu', notes }]);
  });

  it('and there is no next one, that is what the client hears, and it may try again', async () => {
    const { cut, bright } = await filledLater(['cuda']);
    const failed = { code: 'out_of_memory', retryable: true };
    await expect(runNetwork(cut, input())).rejects.toMatchObject(failed);
    const source = plain(40, 40);
    await expect(runTiled(bright, source, source, tiledOptions())).rejects.toMatchObject(failed);
  });
});

/** What a stage hears of its model. */
function watched(network: Network) {
  const heard: string[] = [];
  const hear = (text: string) => heard.push(text);
  return { network: watchNetwork(network, { answered: hear, note: hear }), heard };
}

const tiledOptions = (note: (text: string) => void = () => undefined) => ({
  ...{ signal: new AbortController().signal, progress: () => undefined },
  note,
});

function plain(width: number, height: number): Raster {
  const raster = createRaster(width, height, 3);
  for (let i = 0; i < raster.data.length; i++) raster.data[i] = Math.imul(i + 1, 2654435761) >>> 24;
  return raster;
}
