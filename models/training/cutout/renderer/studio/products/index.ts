/** Which products are drawn by code, by kind; a name listed twice is twice as likely. */
import type * as THREE from 'three';
import type { Kind } from '../kinds.js';
import type { MakeMaterial } from '../materials.js';
import type { Random } from '../random.js';
import { animal, hat, mannequin } from './living.js';
import { cable, glasses, jewel, lamp, plant, umbrella } from './small.js';
import { bag, box, garment, glassware, laptop, mug, slab, vase } from './solid.js';
import { chair, ladder, rack, wheel, whisk } from './thin.js';

type Maker = (random: Random, material: MakeMaterial) => THREE.Object3D;

export const MAKERS: Record<Exclude<Kind, 'asset'>, Maker[]> = {
  thin: [wheel, wheel, rack, chair, chair, glasses, cable, plant, plant, lamp, lamp, whisk, jewel, umbrella, ladder],
  solid: [glassware, glassware, vase, mug, mug, box, box, laptop, bag, bag, slab, garment, garment],
  person: [mannequin, mannequin, mannequin, hat],
  animal: [animal],
};
