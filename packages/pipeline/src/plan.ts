import type { Pipeline, StageName } from '@packshot/contracts';
import { blursBackdrop, keepingBackdrop } from './compose/backdrop';
import type { Wanted } from './models/networks';
import { MODEL_TASKS, type ModelTask } from './models/record';
import { wantedBlur, wantedScale } from './named-models';
import type { Pace } from './pixels';
import { background } from './stages/background';
import { compose } from './stages/compose';
import { contrast } from './stages/contrast';
import { deblur } from './stages/deblur';
import { denoise } from './stages/denoise';
import { shadow } from './stages/shadow';
import type { Parameters, Picture, Stage, StageContext } from './stages/stage';
import { keepingUnlifted } from './stages/unlifted';
import { upscale } from './stages/upscale';

/** A stage with the parameters of one request. */
export interface Step {
  name: StageName;
  /** What its model is for; null: it has none. */
  task: ModelTask | null;
  /** The model the request names; undefined: the default one. */
  model: string | undefined;
  /** What the model has to do. */
  wanted: Wanted;
  /** What cannot be had is skipped: nothing was named, and nothing insists. */
  optional: boolean;
  needless(picture: Picture, pace: Pace, network: StageContext['network']): string | null | Promise<string | null>;
  run(picture: Picture, context: StageContext): Promise<void>;
}

/**
 * The stages a pipeline asks for, in their order: noise first so that every later stage sees clean pixels, sharpness next,
 * shadows before the cut-out so that they do not become edges (where the product is, it tells from the photo before), contrast
 * once those are gone, enlarging late because it makes everything else dearer, and composing at the end, when the product is
 * what it shall be.
 */
export function planSteps(pipeline: Pipeline): Step[] {
  return [
    step(denoise, pipeline.denoise),
    step(deblur, pipeline.deblur, wantedBlur),
    step(pipeline.background === false ? shadow : keepingUnlifted(shadow), pipeline.shadow),
    step(contrast, pipeline.contrast),
    step(blursBackdrop(pipeline) ? keepingBackdrop(background) : background, pipeline.background),
    step(upscale, pipeline.upscale, wantedScale),
    step(compose, pipeline.compose),
  ].filter((planned) => planned !== null);
}

function taskOf(name: StageName): ModelTask | null {
  return MODEL_TASKS.find((task) => task === name) ?? null;
}

function step<N extends StageName>(
  stage: Stage<N>,
  parameters: Pipeline[N],
  wanted: (asked: Parameters<N>) => Wanted = () => ({}),
): Step | null {
  if (parameters === false) return null;
  const asked = parameters as Parameters<N>;
  return {
    name: stage.name,
    task: 'prompt' in asked && asked.prompt !== undefined ? 'prompt' : taskOf(stage.name),
    model: 'model' in asked ? asked.model : undefined,
    wanted: wanted(asked),
    optional: stage.optional === true && asked.when === 'auto' && !('model' in asked && asked.model !== undefined),
    needless: (picture, pace, network) =>
      asked.when === 'auto' ? stage.needless(picture, asked, pace, network) : null,
    run: (picture, context) => stage.run(picture, asked, context),
  };
}
