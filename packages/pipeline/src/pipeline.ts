import type { ImageLimits, Pipeline, StageName, StageReport } from '@packshot/contracts';
import { type Network, watchNetwork } from './models/network';
import type { Networks, Wanted } from './models/networks';
import type { ModelTask } from './models/record';
import { createPace } from './pixels';
import { planSteps, type Step } from './plan';
import type { Embeddings } from './prompt/embedding-cache';
import { joinProviders } from './runtime/providers';
import type { Picture } from './stages/stage';

export interface StagesRun {
  stages: StageReport[];
  /** The models that ran. */
  networks: Network[];
  /** What stages keep for the record of the result. */
  kept: Record<string, unknown>;
}

export interface StagesOptions {
  signal: AbortSignal;
  embeddings: Embeddings;
  limits: ImageLimits;
  backgroundPath: string | undefined;
  /** Called before a stage, while the picture is as those before it have left it. */
  onPicture(next: StageName, before: readonly StageReport[]): Promise<void>;
  /** `fraction`: 0..1 of the stage. */
  onStage(name: StageName, fraction: number): void;
}

/**
 * Runs the stages a pipeline asks for, one after another, on the one picture.
 * @throws the signal's reason, and what stages throw: model_not_available, model_mismatch, out_of_memory
 */
export async function runStages(
  pipeline: Pipeline,
  picture: Picture,
  networks: Networks,
  options: StagesOptions,
): Promise<StagesRun> {
  const stages: StageReport[] = [];
  const used: Network[] = [];
  const kept: Record<string, unknown> = {};
  for (const step of planSteps(pipeline)) {
    options.signal.throwIfAborted();
    options.onStage(step.name, 0);
    await options.onPicture(step.name, stages);
    const { report, ran } = await runStep(step, picture, networks, kept, options);
    stages.push(report);
    used.push(...ran);
    options.onStage(step.name, 1);
  }
  options.signal.throwIfAborted();
  return { stages, networks: used, kept };
}

async function runStep(
  step: Step,
  picture: Picture,
  networks: Networks,
  kept: Record<string, unknown>,
  { signal, embeddings, limits, backgroundPath, onStage }: StagesOptions,
) {
  const started = performance.now();
  const notes: string[] = [];
  let confidence: number | undefined;
  const note = (text: string) => {
    if (!notes.includes(text)) notes.push(text);
  };
  // With the providers that answered. Of several models, the first is the one that the stage is about.
  const ran = new Map<Network, string[]>();
  const networkFor = async (task: ModelTask, id: string | undefined, wanted?: Wanted) => {
    const network = await networks.get(task, id, wanted);
    const providers = ran.get(network) ?? [];
    ran.set(network, providers);
    return watchNetwork(network, { answered: (provider) => providers.push(provider), note });
  };
  const { task } = step;
  const absent = step.optional && task !== null && (await networks.choose(task, step.wanted)) === null;
  const ownNetwork = () => {
    if (task === null) throw new Error(`${step.name} has no models`);
    return networkFor(task, step.model, step.wanted);
  };
  const skipped = absent
    ? `no model for ${task} is installed`
    : await step.needless(picture, createPace(signal), ownNetwork);
  if (skipped === null) {
    await step.run(picture, {
      ...{ signal, embeddings, limits, backgroundPath },
      progress: (fraction) => onStage(step.name, fraction),
      note,
      sure: (value) => {
        confidence = value;
      },
      keep: (name, value) => {
        kept[name] = value;
      },
      network: ownNetwork,
      networkFor,
    });
  }
  const [[network, providers] = [null, []]] = ran;
  const report: StageReport = {
    name: step.name,
    model: network?.record.id ?? null,
    provider: joinProviders(providers) || (network?.provider ?? null),
    skipped,
    duration_ms: Math.round(performance.now() - started),
    ...(confidence === undefined ? {} : { confidence }),
    ...(notes.length > 0 ? { notes } : {}),
  };
  return { report, ran: ran.keys() };
}
