/** What people's clothes and hair are made of, and how they hang. */
import * as THREE from 'three';
import { group, mesh } from '../shapes.mjs';
import { randomColour } from '../surfaces.mjs';
import { smoothNormals } from './surface.mjs';

/** Opacity from which a strand hides what is behind it; the rest of the card is blended over. */
const SOLID = 0.9;

/** Drawn solid where it is opaque and blended elsewhere, so that the matte is as soft as the texture. */
export function layers(geometry, material, soft) {
  if (!soft) return group(mesh(geometry, material));
  material.alphaTest = SOLID;
  const fringe = material.clone();
  Object.assign(fringe, { alphaTest: 0, transparent: true, depthWrite: false });
  const wisps = mesh(geometry, fringe);
  wisps.userData.castsNoShadow = true;
  wisps.renderOrder = 1;
  return group(mesh(geometry, material), wisps);
}

/** { material, soft } of an item as its picture shows it, dyed, or printed anew. */
export async function clothMaterial(random, textures, { maps, normal }, makeMaterial) {
  const chosen = random.pick(maps);
  const soft = await textures.isSoft(chosen);
  const way = random.weighted({ keep: 35, dye: 40, print: soft ? 0 : 25 });
  const m = way === 'print' ? makeMaterial({ cloth: true }) : new THREE.MeshStandardMaterial();
  if (way === 'keep') {
    m.map = await textures.colour(chosen);
    m.color.setScalar(random.between(0.7, 1));
  } else if (way === 'dye') {
    m.map = await textures.grey(chosen);
    m.color.copy(randomColour(random));
    if (random.chance(0.3)) m.color.setScalar(random.chance(0.6) ? random.between(0.85, 1.3) : 0.04);
  }
  m.roughness = random.between(0.45, 1);
  m.side = THREE.DoubleSide;
  if (normal && way !== 'print') m.normalMap = await textures.normal(normal);
  return { material: m, soft };
}

/** { material, soft } of hair, brows or lashes in a colour. */
export async function hairMaterial(random, textures, { maps }, colour) {
  const m = new THREE.MeshStandardMaterial({ map: await textures.grey(maps[0]), side: THREE.DoubleSide });
  m.color.copy(colour);
  m.roughness = random.between(0.35, 0.8);
  return { material: m, soft: await textures.isSoft(maps[0]) };
}

/** Moves a garment off what is below by `gap` and lays soft folds into it; a function of its vertices. */
export function draping(random, { source, index }, gap) {
  const depth = random.between(0, 0.05);
  const waves = Array.from({ length: 4 }, () => ({
    along: new THREE.Vector3(random.normal(), random.normal() * 0.6, random.normal()).multiplyScalar(
      random.between(2, 6),
    ),
    phase: random.between(0, 6),
  }));
  const place = new THREE.Vector3();
  return (vertices) => {
    const normals = smoothNormals(source, index, vertices);
    for (let i = 0; i < vertices.length; i += 3) {
      place.fromArray(vertices, i);
      const fold = waves.reduce((sum, { along, phase }) => sum + Math.sin(along.dot(place) + phase), 0) / 4;
      const out = gap + depth * (0.5 + 0.5 * fold);
      for (let k = 0; k < 3; k++) vertices[i + k] += normals[i + k] * out;
    }
  };
}

/** Black to blond, ginger, grey or dyed. */
export function hairColour(random) {
  const colour = new THREE.Color();
  const kind = random.weighted({ dark: 45, brown: 22, blond: 15, ginger: 6, grey: 8, dyed: 4 });
  if (kind === 'dark')
    return colour.setHSL(random.between(0.03, 0.1), random.between(0, 0.5), random.between(0.03, 0.14));
  if (kind === 'brown')
    return colour.setHSL(random.between(0.04, 0.09), random.between(0.3, 0.6), random.between(0.15, 0.3));
  if (kind === 'blond')
    return colour.setHSL(random.between(0.09, 0.13), random.between(0.3, 0.7), random.between(0.4, 0.75));
  if (kind === 'ginger')
    return colour.setHSL(random.between(0.03, 0.07), random.between(0.6, 0.9), random.between(0.25, 0.45));
  if (kind === 'grey') return colour.setHSL(0.1, random.between(0, 0.08), random.between(0.4, 0.95));
  return colour.setHSL(random.unit(), random.between(0.4, 0.9), random.between(0.3, 0.6));
}
