import { imageLimits, limitsConfig } from '@packshot/contracts';
import type { StageContext } from '../stages/stage';

/** A context for stages that need no model; what they say is in `notes`. */
export function stageContext(given: Partial<StageContext> = {}): StageContext & { notes: string[] } {
  const notes: string[] = [];
  const none = () => {
    throw new Error('this stage has no models');
  };
  return {
    notes,
    network: none,
    networkFor: none,
    embeddings: { of: none },
    limits: imageLimits(limitsConfig.parse({})),
    backgroundPath: undefined,
    signal: new AbortController().signal,
    progress: () => undefined,
    note: (text) => notes.push(text),
    sure: () => undefined,
    keep: () => undefined,
    ...given,
  };
}
