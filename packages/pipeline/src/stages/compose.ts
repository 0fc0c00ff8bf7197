import type { Stage } from './stage';

export const compose: Stage<'compose'> = {
  name: 'compose',
  needless: () => null,
  async run() {
    throw new Error('not built yet');
  },
};
