/** What people's clothes and hair are made of, and how they hang. */
import * as THREE from 'three';
import type { MakeMaterial } from '../materials.js';
import type { Random } from '../random.js';
import { group, mesh } from '../shapes.js';
import { randomColour } from '../surfaces.js';
import type { Item } from './closet.js';
import { type Surface, smoothNormals } from './surface.js';
import type { Textures } from './textures.js';

/** A material, and whether parts of it are neither opaque nor clear. */
export interface Cloth {
  material: THREE.MeshStandardMaterial;
  soft: boolean;
}

/** Opacity from which a strand hides what is behind it; the rest of the card is blended over. */
const SOLID = 0.9;

/** Drawn solid where it is opaque and blended elsewhere, so that the matte is as soft as the texture. */
export function layers(geometry: THREE.BufferGeometry, { material, soft }: Cloth): THREE.Group {
  if (!soft) return group(mesh(geometry, material));
  material.alphaTest = SOLID;
  const fringe = material.clone();
  Object.assign(fringe, { alphaTest: 0, transparent: true, depthWrite: false, forceSinglePass: true });
  const wisps = mesh(geometry, fringe);
  wisps.userData.castsNoShadow = true;
  wisps.renderOrder = 1;
  return group(mesh(geometry, material), wisps);
}

/** The cloth of an item as its picture shows it, dyed, or printed anew. */
export async function clothMaterial(
  random: Random,
  textures: Textures,
  { maps, normal }: Item,
  makeMaterial: MakeMaterial,
): Promise<Cloth> {
  const chosen = random.pick(maps);
  const { colour, grey, soft } = await textures.picture(chosen);
  const way = random.weighted({ keep: 35, dye: 40, print: soft ? 0 : 25 });
  const m = way === 'print' ? makeMaterial({ cloth: true }) : new THREE.MeshStandardMaterial();
  if (way === 'keep') {
    m.map = colour;
    m.color.setScalar(random.between(0.7, 1));
  } else if (way === 'dye') {
    m.map = grey;
    m.color.copy(randomColour(random));
    if (random.chance(0.3)) m.color.setScalar(random.chance(0.6) ? random.between(0.85, 1.3) : 0.04);
  }
  m.roughness = random.between(0.45, 1);
  m.side = THREE.DoubleSide;
  if (normal && way !== 'print') m.normalMap = await textures.relief(normal);
  return { material: m, soft };
}

/** Hair, brows or lashes in a colour. */
export async function hairMaterial(
  random: Random,
  textures: Textures,
  { maps }: Item,
  colour: THREE.Color,
): Promise<Cloth> {
  const { grey, soft } = await textures.picture(maps[0]);
  const m = new THREE.MeshStandardMaterial({ map: grey, side: THREE.DoubleSide });
  m.color.copy(colour);
  m.roughness = random.between(0.35, 0.8);
  return { material: m, soft };
}

/** Moves a garment off what is below by `gap` and lays soft folds into it; a function of its vertices. */
export function draping(random: Random, { source, index }: Surface, gap: number) {
  const depth = random.between(0, 0.05);
  const waves = Array.from({ length: 4 }, () => ({
    along: new THREE.Vector3(random.normal(), random.normal() * 0.6, random.normal()).multiplyScalar(
      random.between(2, 6),
    ),
    phase: random.between(0, 6),
  }));
  const place = new THREE.Vector3();
  return (vertices: Float32Array) => {
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
export function hairColour(random: Random): THREE.Color {
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
