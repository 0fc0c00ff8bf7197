/** Makes the materials that product makers ask for: `material({ cloth: true })` and the like. */
import * as THREE from 'three';
import type { Library } from './library.js';
import type { Random } from './random.js';
import { randomColour } from './surfaces.js';

/** Materials that can be asked for by name; they are all standard ones. */
const NAMED = ['skin', 'hair', 'leaf', 'cloth', 'yarn', 'metal', 'glow'] as const;
type Named = (typeof NAMED)[number];

/** What a material is to be: one of the named kinds, glass, a lens of some opacity, and whether it is printed. */
export type Wish = { [name in Named | 'glass']?: boolean } & { lens?: number; textured?: boolean };

type NamedWish = Wish & { [name in Named]: Record<name, true> }[Named];

/** Makes a material to a wish, or any at all. */
export interface MakeMaterial {
  (wish: NamedWish): THREE.MeshStandardMaterial;
  (wish?: Wish): THREE.Material;
}

/** A function that makes random materials from the library's patterns, scanned materials and matcaps. */
export function createMaterialMaker(random: Random, library: Library): MakeMaterial {
  const pattern = (low: number, high: number, shelf: THREE.Texture[] = library.patterns) => {
    const texture = random.pick(shelf).clone();
    const repeat = random.between(low, high);
    texture.repeat.set(repeat, repeat * random.between(0.7, 1.4));
    return texture;
  };

  const wishes: Record<Named, (m: THREE.MeshStandardMaterial) => void> = {
    skin(m) {
      m.color.setHSL(random.between(0.03, 0.09), random.between(0.25, 0.6), random.between(0.15, 0.8));
      m.roughness = random.between(0.4, 0.8);
    },
    hair(m) {
      m.color.setHSL(random.between(0.02, 0.13), random.between(0, 0.7), random.unit() ** 1.6 * 0.75);
      m.roughness = random.between(0.3, 1);
      if (random.chance(0.85)) m.map = pattern(1, 4, library.strands);
    },
    leaf(m) {
      m.color.setHSL(random.between(0.18, 0.42), random.between(0.2, 0.9), random.between(0.1, 0.55));
    },
    cloth(m) {
      m.roughness = random.between(0.6, 1);
      if (random.chance(0.5)) {
        m.map = pattern(1, 6);
        m.color.setScalar(1).lerp(randomColour(random), random.between(0, 0.8));
      } else if (random.chance(0.25)) {
        m.color.setScalar(random.chance(0.6) ? random.between(0.75, 1) : random.between(0, 0.08));
      } else m.color.copy(randomColour(random));
      if (random.chance(0.25)) {
        m.map = pattern(2, 9, library.knits);
        m.bumpMap = m.map;
      } else if (random.chance(0.6)) m.bumpMap = pattern(1, 8);
      m.bumpScale = random.between(0.2, 2);
    },
    yarn(m) {
      m.roughness = random.between(0.85, 1);
      m.map = pattern(1, 4, library.knits);
      m.bumpMap = m.map;
      m.bumpScale = random.between(1, 4);
      m.color.copy(randomColour(random));
    },
    metal(m) {
      m.metalness = 1;
      m.roughness = random.between(0.05, 0.5);
      m.color.setHSL(random.between(0.05, 0.15), random.chance(0.5) ? 0 : random.between(0.3, 0.7), 0.65);
    },
    glow(m) {
      m.emissive.setRGB(1, random.between(0.8, 1), random.between(0.5, 1));
      m.emissiveIntensity = random.between(0.3, 1.5);
    },
  };

  function anything(m: THREE.MeshStandardMaterial, textured = false): THREE.Material {
    const kind = random.unit();
    m.metalness = random.chance(0.2) ? random.between(0.5, 1) : 0;
    m.color.copy(randomColour(random));
    if (textured || kind < 0.3) {
      m.map = random.pick(library.patterns);
      m.color.setScalar(random.between(0.7, 1));
    } else if (kind < 0.42) {
      const scanned = random.pick(library.scanned);
      m.map = scanned.map;
      m.normalMap = scanned.normal;
      m.color.setScalar(1).lerp(randomColour(random), random.between(0, 0.7));
    } else if (kind < 0.52) {
      const colour = random.chance(0.5) ? 0xffffff : randomColour(random);
      return new THREE.MeshMatcapMaterial({ matcap: random.pick(library.matcaps), color: colour });
    } else if (kind < 0.62) m.color.setScalar(random.chance(0.5) ? random.between(0, 0.05) : random.between(0.8, 1));
    return m;
  }

  /** Thin glass: clear where seen straight on, opaque by reflection towards its rims (Schlick's term). */
  function glass() {
    const m = new THREE.MeshPhysicalMaterial({ transparent: true, roughness: random.between(0, 0.1), metalness: 0 });
    m.side = THREE.DoubleSide;
    m.depthWrite = false;
    m.forceSinglePass = true;
    m.color.setHSL(random.unit(), random.chance(0.4) ? random.between(0.2, 0.9) : 0.03, random.between(0.4, 0.95));
    const clear = random.pick(['0.06', '0.12', '0.2', '0.32']); // few values: each is a program to compile
    m.onBeforeCompile = (shader) => {
      shader.fragmentShader = shader.fragmentShader.replace(
        '#include <opaque_fragment>',
        `float rim = pow(1.0 - abs(dot(normalize(vViewPosition), normal)), 3.0);
         float shine = max(reflectedLight.directSpecular.r + reflectedLight.indirectSpecular.r, 0.0);
         diffuseColor.a = clamp(mix(${clear}, 0.9, rim) + 0.5 * shine, 0.0, 1.0);
         #include <opaque_fragment>`,
      );
    };
    m.customProgramCacheKey = () => `glass ${clear}`;
    return m;
  }

  return ((wish: Wish = {}) => {
    if (wish.glass) return glass();
    if (wish.lens) {
      const glass = { color: randomColour(random), roughness: 0.05, metalness: 0.6, side: THREE.DoubleSide };
      return new THREE.MeshStandardMaterial({ ...glass, transparent: true, opacity: wish.lens });
    }
    const m = new THREE.MeshStandardMaterial({ roughness: random.between(0.05, 1), metalness: 0 });
    const named = NAMED.find((name) => wish[name]);
    if (!named) return anything(m, wish.textured);
    wishes[named](m);
    if (wish.textured) m.map = random.pick(library.patterns);
    return m;
  }) as MakeMaterial;
}
