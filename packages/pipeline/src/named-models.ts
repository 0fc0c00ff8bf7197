import type { Pipeline } from '@packshot/contracts';
import type { Blur } from './models/networks';
import type { ModelTask } from './models/record';

/** A model that a pipeline needs; without an id the task's default. */
export interface NamedModel {
  task: ModelTask;
  id: string | undefined;
  blur?: Blur;
  /** Done without where none is installed. */
  optional?: boolean;
}

/** What a pipeline needs loaded. */
export function namedModels({ denoise, deblur, shadow, background, upscale }: Pipeline): NamedModel[] {
  const needed: NamedModel[] = [];
  if (denoise !== false) needed.push({ task: 'denoise', id: denoise.model });
  if (deblur !== false) {
    const { model, kind, when } = deblur;
    const optional = when === 'auto' && model === undefined;
    needed.push({ task: 'deblur', id: model, optional, ...(kind === 'auto' ? {} : { blur: kind }) });
  }
  if (shadow !== false) {
    if (shadow.engine === 'model' && shadow.mode === 'remove') needed.push({ task: 'shadow', id: shadow.model });
    if (typeof shadow.mask === 'object') needed.push({ task: 'prompt', id: shadow.mask.model });
  }
  if (background !== false) {
    needed.push({ task: background.prompt === undefined ? 'background' : 'prompt', id: background.model });
    if (background.matting === 'vitmatte') needed.push({ task: 'matting', id: background.matting_model });
  }
  if (upscale !== false) needed.push({ task: 'upscale', id: upscale.model });
  return needed;
}
