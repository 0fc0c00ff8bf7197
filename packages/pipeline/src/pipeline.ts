import type { Pipeline, StageName, StageReport } from '@packshot/contracts';
import type { Network } from './models/network';
import type { Networks } from './models/networks';
import { MODEL_TASKS, type ModelTask } from './models/record';
import { planSteps, type Step } from './plan';
import type { Picture } from './stages/stage';

export interface StagesRun {
  stages: StageReport[];
  /** The models that ran. */
  networks: Network[];
}

export interface StagesOptions {
  signal: AbortSignal;
  /** `fraction`: 0..1 of the stage. */
  onStage(name: StageName, fraction: number): void;
}

/**
 * Loads what the pipeline names and is not loaded yet, so that a wrong name is found before any work is done.
 * @throws model_not_available, model_mismatch
 */
export async function prepareModels(pipeline: Pipeline, networks: Networks): Promise<void> {
  for (const task of MODEL_TASKS) {
    const operation = pipeline[task];
    if (operation !== false) await networks.get(task, operation.model);
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
  for (const step of planSteps(pipeline)) {
    options.signal.throwIfAborted();
    options.onStage(step.name, 0);
    const { report, network } = await runStep(step, picture, networks, options);
    stages.push(report);
    if (network !== null) used.push(network);
    options.onStage(step.name, 1);
  }
  options.signal.throwIfAborted();
  return { stages, networks: used };
}

async function runStep(step: Step, picture: Picture, networks: Networks, { signal, onStage }: StagesOptions) {
  const started = performance.now();
  const notes: string[] = [];
  let network: Network | null = null;
  const skipped = step.needless(picture);
  if (skipped === null) {
    await step.run(picture, {
      signal,
      progress: (fraction) => onStage(step.name, fraction),
      note: (text) => notes.push(text),
      network: async () => {
        // Only stages whose task has models ask.
        network = await networks.get(step.name as ModelTask, step.model);
        return network;
      },
    });
  }
  const ran = network as Network | null;
  const report: StageReport = {
    name: step.name,
    model: ran?.record.id ?? null,
    provider: ran?.provider ?? null,
    skipped,
    duration_ms: Math.round(performance.now() - started),
    ...(notes.length > 0 ? { notes } : {}),
  };
  return { report, network: ran };
}
