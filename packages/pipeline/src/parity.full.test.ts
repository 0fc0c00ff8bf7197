import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const root = resolve(__dirname, '../../..');
const exporter = join(root, 'models/export');
const photos = ['t-shirts_man_t-shirt_01', 'jeans_man_jeans_01', 'jeans_woman_jeans_02'].map((name) =>
  join(root, `infra/embedded/samples/${name}.jpg`),
);
const python = process.env.PYTHON ?? join(root, '.packshot/python/bin/python');

const MODELS: [architecture: string, model: string][] = [
  ['NAFNet', 'nafnet-sidd-w32'],
  ['NAFNet', 'nafnet-gopro-w32'],
  ['ShadowFormer', 'shadowformer-istd'],
  ['RRDBNet', 'realesrgan-x4plus'],
  ['RRDBNet', 'realesrgan-x2plus'],
  ['SRVGGNetCompact', 'realesr-general-x4v3'],
  ['U²-Net', 'u2net'],
  ['IS-Net', 'isnet-general-use'],
  ['BiRefNet', 'birefnet-general'],
  ['BiRefNet', 'rmbg-2.0'],
  ['ViTMatte', 'vitmatte-small'],
  ['SAM 2.1', 'sam2.1-tiny'],
];
const FAULTS = ['wrong mean', 'second sigmoid', 'swapped channels', 'dropped block', 'wrong padding'];

/** The greatest of three photos: steps of 8 bits, but for `network`, which is relative to the largest value of an answer. */
interface Distance {
  before: number;
  network: number;
  after: number;
  whole: number;
}

interface Comparison {
  model: string;
  /** `none`, or what was planted. */
  fault: string;
  as_expected: boolean;
  /** A text where Packshot refused the model. */
  found: Distance | string;
}

let comparisons: Comparison[];
beforeAll(async () => {
  // Fails in words of its own where Python or its packages cannot be had.
  execFileSync(join(exporter, 'make-venv.sh'), { stdio: ['ignore', 'inherit', 'inherit'] });
  comparisons = await compare();
}, 1_800_000);

/** All in one process: loading PyTorch costs more than most comparisons. */
async function compare(): Promise<Comparison[]> {
  const child = spawn(python, ['-m', 'parity.run_parity', '--json', ...photos], {
    cwd: exporter,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const found: Comparison[] = [];
  for await (const line of createInterface({ input: child.stdout })) found.push(JSON.parse(line));
  await closed;
  return found;
}

function comparisonOf(model: string, fault: string): Comparison {
  const comparison = comparisons.find((candidate) => candidate.model === model && candidate.fault === fault);
  if (comparison === undefined) throw new Error(`${model} was not compared: ${fault}`);
  return comparison;
}

describe.each(MODELS)('%s, as %s', (_architecture, model) => {
  it('gives what a reference from its paper gives: before the network, within it, behind it and as a whole', () => {
    const { before, network, after, whole } = comparisonOf(model, 'none').found as Distance;
    expect(before).toBeLessThanOrEqual(1);
    expect(network).toBeLessThanOrEqual(1e-3);
    expect(after).toBeLessThanOrEqual(1);
    expect(whole).toBeLessThanOrEqual(1);
  });

  it.each(FAULTS)('is told from the reference where there is a fault: %s', (fault) => {
    expect(comparisonOf(model, fault)).toMatchObject({ as_expected: true });
  });
});

it('leaves out no model that the comparison knows, and no fault', () => {
  const wanted = MODELS.flatMap(([, model]) => ['none', ...FAULTS].map((fault) => `${model}: ${fault}`));
  expect(comparisons.map(({ model, fault }) => `${model}: ${fault}`)).toEqual(wanted);
});

it('exports networks that have the parameters of the published ones, and random weights that hide nothing', () => {
  const tests = ['test_networks', 'test_prompted'];
  execFileSync(python, ['-m', 'unittest', ...tests], { cwd: exporter, stdio: ['ignore', 'inherit', 'inherit'] });
}, 600_000);
