import type { Pipeline, StageName, StageReport } from '@packshot/contracts';
import type { Network } from './models/network';
import type { Blur, Networks } from './models/networks';
import type { ModelTask } from './models/record';
import { namedModels } from './named-models';
import { createPace } from './pixels';
import { planSteps, type Step } from './plan';
import type { Embeddings } from './prompt/embedding-cache';
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
  /** `fraction`: 0..1 of the stage. */
  onStage(name: StageName, fraction: number): void;
}

/**
 * Loads what the pipeline names and is not loaded yet, so that a wrong name is found before any work is done.
 * @throws model_not_available, model_not_installed, licence_not_accepted, model_mismatch, out_of_memory
 */
export async function prepareModels(pipeline: Pipeline, networks: Networks): Promise<void> {
  for (const { task, id, blur, optional } of namedModels(pipeline)) {
    if (!optional || (await networks.choose(task, blur)) !== null) await networks.get(task, id, blur);
  }
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
  { signal, embeddings, onStage }: StagesOptions,
) {
  const started = performance.now();
  const notes: string[] = [];
  // Of several, the first is the one that the stage is about.
  const ran: Network[] = [];
  const networkFor = async (task: ModelTask, id: string | undefined, blur?: Blur) => {
    const network = await networks.get(task, id, blur);
    if (!ran.includes(network)) ran.push(network);
    return network;
  };
  const { task } = step;
  const absent = step.optional && task !== null && (await networks.choose(task, step.blur)) === null;
  const skipped = absent ? `no model for ${task} is installed` : await step.needless(picture, createPace(signal));
  if (skipped === null) {
    await step.run(picture, {
      ...{ signal, embeddings },
      progress: (fraction) => onStage(step.name, fraction),
      note: (text) => {
        if (!notes.includes(text)) notes.push(text);
      },
      keep: (name, value) => {
        kept[name] = value;
      },
      network: () => {
        if (task === null) throw new Error(`${step.name} has no models`);
        return networkFor(task, step.model, step.blur);
      },
      networkFor,
    });
  }
  const report: StageReport = {
    name: step.name,
    model: ran[0]?.record.id ?? null,
    provider: ran[0]?.provider ?? null,
    skipped,
    duration_ms: Math.round(performance.now() - started),
    ...(notes.length > 0 ? { notes } : {}),
  };
  return { report, ran };
}
