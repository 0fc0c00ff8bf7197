import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageLimits, limitsConfig, pipelineSchema, resolvePipeline } from '@packshot/contracts';
import { importModel, modelRecordSchema } from '@packshot/pipeline';
import { productPhoto, repositoryRoot } from '@packshot/testing';
import { hostBench } from '../testing/host-bench';
import { PATIENCE_MS } from '../testing/workbench';
import type { RestartReason } from './host-options';

jest.setTimeout(3 * PATIENCE_MS);

const MODELS = join(repositoryRoot(), 'models');
const bench = hostBench();

/** The compact denoiser under other names, as somebody would import it. */
async function importCopies(...ids: string[]): Promise<void> {
  const facts = JSON.parse(await readFile(join(MODELS, 'registry/compact-denoise.json'), 'utf8'));
  const [{ bundled, ...file }] = facts.files;
  for (const id of ids) {
    const record = modelRecordSchema.parse({ ...facts, id, default: false, packs: [], files: [file] });
    const source = join(MODELS, 'compact/compact-denoise.onnx');
    await importModel(bench.path('store'), record, new Map([[file.path, source]]), { own: true });
  }
}

/** The real pipeline, without defaults. */
async function startHost(modelMemoryBytes: number, reasons: RestartReason[] = []) {
  await mkdir(bench.path('registry'), { recursive: true });
  const { engine } = bench.options();
  const limits = imageLimits(limitsConfig.parse({}));
  const load = { ...engine.load, modelsDir: bench.path('.'), storeDir: bench.path('store'), limits, modelMemoryBytes };
  const observer = { restarted: (reason: RestartReason) => reasons.push(reason), loaded: () => {} };
  return bench.start({ engine: { load, env: {} }, observer });
}

async function denoise(host: Awaited<ReturnType<typeof startHost>>, model: string) {
  const pipeline = resolvePipeline(pipelineSchema.parse({ denoise: { model } }));
  const { stages, result } = await host.run(
    await bench.fileItem(await productPhoto({ width: 96, height: 64 }), { pipeline }),
  );
  return { model: stages[0]?.model, sha256: result.sha256 };
}

test('two imported models with memory for one take turns, an engine each time, and the results are the same', async () => {
  await importCopies('first', 'second');
  const roomy = await startHost(1e12);
  const expected = await denoise(roomy, 'first');
  const memory = roomy.info?.memoryBytes ?? 0;
  expect(memory).toBeGreaterThan(2_176_445);
  await denoise(roomy, 'second');
  expect(roomy.info?.memoryBytes).toBeGreaterThan(memory);
  expect(roomy.facts().restarts).toBe(0);
  await roomy.close();

  const reasons: RestartReason[] = [];
  const host = await startHost(memory, reasons);
  for (const model of ['first', 'second', 'second', 'first']) {
    expect(await denoise(host, model)).toEqual({ ...expected, model });
    expect(host.info?.models.map(({ id }) => id)).toEqual([model]);
  }
  expect(reasons).toEqual(['models', 'models']);
});
