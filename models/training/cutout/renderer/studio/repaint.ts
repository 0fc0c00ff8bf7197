/** What is read of the materials that glTF files come with, whichever class they are. */
type GltfMaterial = THREE.Material & Partial<THREE.MeshPhysicalMaterial>;

/** Gives a copied 3D model new materials: as it was, tinted, every part at random, or all of one. */
import * as THREE from 'three';
import type { MakeMaterial } from './materials.js';
import type { Random } from './random.js';
import { randomColour } from './surfaces.js';

export function repaint(random: Random, object: THREE.Object3D, makeMaterial: MakeMaterial): THREE.Object3D {
  const mode = random.weighted({ keep: 45, tint: 20, parts: 20, whole: 15 });
  const whole = makeMaterial();
  const finish = {
    roughness: random.between(0.1, 1),
    metalness: random.chance(0.15) ? random.between(0.3, 1) : 0,
  };
  const tint = { colour: randomColour(random), amount: random.between(0.2, 0.8) };
  const turn = random.between(-0.5, 0.5) * (mode === 'tint' ? 1 : 0.05);
  const shift: [number, number, number] = [turn, random.between(-0.2, 0.2), random.between(-0.12, 0.12)];
  const replaced = new Map<THREE.Material, THREE.Material>();

  /** Most of the models are unlit; a standard material in the same colours takes light and shadow. */
  function lit(source: GltfMaterial) {
    const m = new THREE.MeshStandardMaterial({
      color: source.color ?? 0xffffff,
      map: source.map ?? null,
      normalMap: source.normalMap ?? null,
      vertexColors: Boolean(source.vertexColors),
      side: source.side,
      ...finish,
    });
    if (source.transparent || (source.transmission ?? 0) > 0) {
      m.transparent = true;
      m.opacity = Math.max(0.55, source.opacity < 1 ? source.opacity : 0.6);
    }
    m.color.offsetHSL(...shift);
    if (mode === 'tint' && m.map) m.color.lerp(tint.colour, tint.amount);
    return m;
  }

  function replacement(source: THREE.Material): THREE.Material {
    const known = replaced.get(source);
    if (known) return known;
    const paint = { whole: () => whole, parts: () => makeMaterial(), keep: lit, tint: lit }[mode];
    const made = paint(source as GltfMaterial);
    replaced.set(source, made);
    return made;
  }

  object.traverse((part) => {
    if (!(part instanceof THREE.Mesh)) return;
    part.material = Array.isArray(part.material) ? part.material.map(replacement) : replacement(part.material);
  });
  return object;
}
