/** Gives a copied 3D model new materials: as it was, tinted, every part at random, or all of one. */
import * as THREE from 'three';
import { randomColour } from './surfaces.mjs';

export function repaint(random, object, makeMaterial) {
  const mode = random.weighted({ keep: 45, tint: 20, parts: 20, whole: 15 });
  const whole = makeMaterial();
  const finish = {
    roughness: random.between(0.1, 1),
    metalness: random.chance(0.15) ? random.between(0.3, 1) : 0,
  };
  const tint = { colour: randomColour(random), amount: random.between(0.2, 0.8) };
  const turn = random.between(-0.5, 0.5) * (mode === 'tint' ? 1 : 0.05);
  const shift = [turn, random.between(-0.2, 0.2), random.between(-0.12, 0.12)];
  const replaced = new Map();

  /** Most of the models are unlit; a standard material in the same colours takes light and shadow. */
  function lit(source) {
    const m = new THREE.MeshStandardMaterial({
      color: source.color ?? 0xffffff,
      map: source.map ?? null,
      normalMap: source.normalMap ?? null,
      vertexColors: Boolean(source.vertexColors),
      side: source.side,
      ...finish,
    });
    if (source.transparent || source.transmission > 0) {
      m.transparent = true;
      m.opacity = Math.max(0.55, source.opacity < 1 ? source.opacity : 0.6);
    }
    m.color.offsetHSL(...shift);
    if (mode === 'tint' && m.map) m.color.lerp(tint.colour, tint.amount);
    return m;
  }

  function replacement(source) {
    if (!replaced.has(source)) {
      const paint = { whole: () => whole, parts: () => makeMaterial() }[mode] ?? (() => lit(source));
      replaced.set(source, paint());
    }
    return replaced.get(source);
  }

  object.traverse((part) => {
    if (!part.isMesh) return;
    part.material = Array.isArray(part.material) ? part.material.map(replacement) : replacement(part.material);
  });
  return object;
}
