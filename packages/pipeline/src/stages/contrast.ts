import type { Stage } from './stage';

export const contrast: Stage<'contrast'> = {
  name: 'contrast',
  needless: () => null,
  async run() {
    throw new Error('not built yet');
  },
};
