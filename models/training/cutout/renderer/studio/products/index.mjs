/** Which products are drawn by code, by kind; a name listed twice is twice as likely. */
import { animal, hat, mannequin } from './living.mjs';
import { cable, glasses, jewel, lamp, plant, umbrella } from './small.mjs';
import { bag, box, garment, laptop, mug, slab, vase } from './solid.mjs';
import { chair, ladder, rack, wheel, whisk } from './thin.mjs';

export const KINDS = { asset: 38, thin: 18, solid: 14, person: 22, animal: 8 };

export const MAKERS = {
  thin: [wheel, wheel, rack, chair, chair, glasses, cable, plant, plant, lamp, lamp, whisk, jewel, umbrella, ladder],
  solid: [vase, mug, mug, box, box, laptop, bag, bag, slab, garment, garment],
  person: [mannequin, mannequin, mannequin, hat],
  animal: [animal],
};
