import { applyGain, measureShadow, retinexGain } from '../pixels';
import type { Stage } from './stage';

/** Mean relative darkening of the backdrop; below it a cast shadow is hardly seen. */
const VISIBLE_SHADOW = 0.01;

/** Evens out soft shadows on the backdrop; `mode: keep` leaves them. */
export const shadow: Stage<'shadow'> = {
  name: 'shadow',

  needless({ colour }) {
    const measured = measureShadow(colour);
    return measured < VISIBLE_SHADOW ? `no shadow on the backdrop (measured ${measured.toFixed(3)})` : null;
  },

  async run(picture, { mode, strength }, context) {
    if (mode === 'keep') {
      context.note('shadows kept as asked');
      return;
    }
    applyGain(picture.colour, retinexGain(picture.colour, { strength }));
  },
};
