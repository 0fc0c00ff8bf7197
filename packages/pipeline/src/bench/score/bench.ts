import { AppError, type PipelineRequest } from '@packshot/contracts';
import { createNetworks, type Networks } from '../../models/networks';
import type { ModelRecord, ModelTask } from '../../models/record';
import { readRegistry } from '../../models/registry';
import { runStages } from '../../pipeline';
import { EmbeddingCache } from '../../prompt/embedding-cache';
import { createInference } from '../../runtime/inference';
import { measureWeights } from '../../runtime/weights';
import type { Picture } from '../../stages/stage';
import { benchOptions, type Places, parsePipeline } from '../setting';
import { type Lpips, openLpips } from './lpips';

/** A model that can be scored, and what its files weigh. */
export interface Installed {
  record: ModelRecord;
  bytes: number;
}

/** The product's stages on pictures in memory, and what is here for them to run on. */
export interface Bench {
  networks: Networks;
  lpips: Lpips;
  /** Models of a task that are installed and were asked for. */
  installed(task: ModelTask): Promise<Installed[]>;
  /**
   * Puts a picture, which is changed, through a pipeline as clients write it. `coreSeconds`: what all cores worked for it;
   * `skipped`: why each stage did not run, by its name.
   */
  run(pipeline: PipelineRequest, picture: Picture): Promise<{ coreSeconds: number; skipped: Record<string, string> }>;
  close(): Promise<void>;
}

/** `only`: ids of the models to score; without it, all. `lpips`: the file of its network. */
export async function openBench(
  places: Places,
  { only, lpips }: { only?: readonly string[] | undefined; lpips?: string | undefined },
): Promise<Bench> {
  const options = benchOptions(places);
  const registry = await readRegistry(options.modelsDir, options.storeDir);
  const inference = createInference(options);
  const networks = createNetworks(inference, options, registry, {});
  const embeddings = new EmbeddingCache().forRun(null, '');
  return {
    networks,
    lpips: await openLpips(inference, lpips),
    async installed(task) {
      const found: Installed[] = [];
      for (const record of registry.forTask(task)) {
        if (only !== undefined && !only.includes(record.id)) continue;
        const bytes = await measureWeights(options, record).catch(absent);
        if (bytes !== null) found.push({ record, bytes });
      }
      return found;
    },
    async run(written, picture) {
      const pipeline = parsePipeline(written);
      const before = process.cpuUsage();
      const { stages } = await runStages(pipeline, picture, networks, {
        ...{ signal: new AbortController().signal, embeddings, limits: options.limits, backgroundPath: undefined },
        onPicture: async () => undefined,
        onStage: () => undefined,
      });
      const { user, system } = process.cpuUsage(before);
      const skipped = stages.flatMap((stage) => (stage.skipped === null ? [] : [[stage.name, stage.skipped]]));
      return { coreSeconds: (user + system) / 1e6, skipped: Object.fromEntries(skipped) };
    },
    close: () => inference.close(),
  };
}

function absent(error: unknown): null {
  const { code } = AppError.from(error);
  if (code !== 'model_not_installed' && code !== 'licence_not_accepted') throw error;
  return null;
}
