/** Which products are drawn by code, by kind; a name listed twice is twice as likely. */
import { animal, hat, mannequin } from './living.mjs';
import { cable, glasses, jewel, lamp, plant, umbrella } from './small.mjs';
import { bag, box, garment, glassware, laptop, mug, slab, vase } from './solid.mjs';
import { chair, ladder, rack, wheel, whisk } from './thin.mjs';

export const KINDS = { person: 40, asset: 18, thin: 18, solid: 14, animal: 10 };

export const MAKERS = {
  thin: [wheel, wheel, rack, chair, chair, glasses, cable, plant, plant, lamp, lamp, whisk, jewel, umbrella, ladder],
  solid: [glassware, glassware, vase, mug, mug, box, box, laptop, bag, bag, slab, garment, garment],
  person: [mannequin, mannequin, mannequin, hat],
  animal: [animal],
};
