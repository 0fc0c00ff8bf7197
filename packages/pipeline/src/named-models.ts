import type { Pipeline } from '@packshot/contracts';
import type { Wanted } from './models/networks';
import type { ModelTask } from './models/record';

/** A model that a pipeline needs; without an id the task's default. */
export interface NamedModel extends Wanted {
  task: ModelTask;
  id: string | undefined;
  /** Done without where none is installed. */
  optional?: boolean;
}

/** What a pipeline needs loaded. */
export function namedModels({ denoise, deblur, shadow, background, upscale }: Pipeline): NamedModel[] {
  const needed: NamedModel[] = [];
  if (denoise !== false) needed.push({ task: 'denoise', id: denoise.model });
  if (deblur !== false) {
    const optional = deblur.when === 'auto' && deblur.model === undefined;
    needed.push({ task: 'deblur', id: deblur.model, optional, ...wantedBlur(deblur) });
  }
  if (shadow !== false) {
    if (shadow.engine === 'model' && shadow.mode === 'remove') needed.push({ task: 'shadow', id: shadow.model });
    if (typeof shadow.mask === 'object') needed.push({ task: 'prompt', id: shadow.mask.model });
  }
  if (background !== false) {
    needed.push({ task: background.prompt === undefined ? 'background' : 'prompt', id: background.model });
    if (background.matting === 'vitmatte') needed.push({ task: 'matting', id: background.matting_model });
  }
  if (upscale !== false) needed.push({ task: 'upscale', id: upscale.model, ...wantedScale(upscale) });
  return needed;
}

export function wantedBlur({ kind }: Exclude<Pipeline['deblur'], false>): Wanted {
  return kind === 'auto' ? {} : { blur: kind };
}

export function wantedScale({ scale }: Exclude<Pipeline['upscale'], false>): Wanted {
  return { scale };
}
