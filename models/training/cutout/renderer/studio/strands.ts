/** Hair and fur as single strands: narrow ribbons that bend, thinner than a pixel, so that the matte is soft. */
import * as THREE from 'three';
import { MeshSurfaceSampler } from 'three/addons/math/MeshSurfaceSampler.js';
import type { Random } from './random.js';
import { mesh } from './shapes.js';

/** Where a strand begins, and its direction there, of unit length. */
export interface Root {
  place: THREE.Vector3;
  out: THREE.Vector3;
}

/** How strands are: lengths in the roots' unit, how far they hang as a share of that, how wildly they lean. */
interface Look {
  length: number;
  width: number;
  droop: number;
  stray: number;
}

/** The material that strands take their colour from. */
export interface Coat {
  color: THREE.Color;
  roughness: number;
}

/** What the types of three.js leave out. */
type SeededSampler = MeshSurfaceSampler & { setRandomGenerator(next: () => number): MeshSurfaceSampler };

const SEGMENTS = 4;
const FURRED_AREA_SHARE = 1e-9; // keeps the weights of meshes without area from being zero

/** One mesh of strands. */
export function strands(random: Random, roots: Root[], { length, width, droop, stray }: Look, source: Coat) {
  const positions: number[] = [];
  const normals: number[] = [];
  const colours: number[] = [];
  const index: number[] = [];
  const along = new THREE.Vector3();
  const side = new THREE.Vector3();
  for (const { place, out } of roots) {
    along.set(random.normal(), random.normal(), random.normal()).multiplyScalar(stray).add(out).normalize();
    side.set(random.normal(), random.normal(), random.normal()).cross(along).normalize();
    const reach = length * random.between(0.4, 1);
    const bend = random.normal() * 0.25 * reach;
    const shade = random.between(0.6, 1.25);
    const first = positions.length / 3;
    for (let i = 0; i <= SEGMENTS; i++) {
      const t = i / SEGMENTS;
      const half = (width / 2) * (1 - 0.9 * t);
      for (const hand of [-1, 1]) {
        const across = hand * half + bend * t * t;
        positions.push(
          place.x + along.x * reach * t + side.x * across,
          place.y + along.y * reach * t + side.y * across - droop * reach * t * t,
          place.z + along.z * reach * t + side.z * across,
        );
        normals.push(out.x, out.y, out.z);
        colours.push(shade, shade, shade);
      }
      if (i) {
        const a = first + 2 * i - 2;
        index.push(a, a + 1, a + 2, a + 1, a + 3, a + 2);
      }
    }
  }
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute('position', new THREE.Float32BufferAttribute(positions, 3));
  geometry.setAttribute('normal', new THREE.Float32BufferAttribute(normals, 3));
  geometry.setAttribute('color', new THREE.Float32BufferAttribute(colours, 3));
  geometry.setIndex(index);
  const material = new THREE.MeshStandardMaterial({ vertexColors: true, side: THREE.DoubleSide });
  material.color.copy(source.color);
  material.roughness = source.roughness;
  return mesh(geometry, material);
}

/** `count` roots spread evenly over the surface of an object's meshes, in the object's frame. */
export function rootsOn(random: Random, object: THREE.Object3D, count: number): Root[] {
  object.updateMatrixWorld(true);
  const inverse = object.matrixWorld.clone().invert();
  const parts: { part: THREE.Mesh; frame: THREE.Matrix4; area: number }[] = [];
  object.traverse((part) => {
    if (part instanceof THREE.Mesh)
      parts.push({ part, frame: inverse.clone().multiply(part.matrixWorld), area: areaOf(part) });
  });
  const total = parts.reduce((sum, { area }) => sum + area, 0);
  return parts.flatMap(({ part, frame, area }) => {
    const sampler = new MeshSurfaceSampler(part) as SeededSampler;
    sampler.setRandomGenerator(() => random.unit()).build();
    return Array.from({ length: Math.round((count * area) / total) }, () => {
      const root = { place: new THREE.Vector3(), out: new THREE.Vector3() };
      sampler.sample(root.place, root.out);
      root.place.applyMatrix4(frame);
      root.out.transformDirection(frame);
      return root;
    });
  });
}

/** The area of a mesh's bounding box as its parent sees it, a good enough share of the fur. */
function areaOf(part: THREE.Mesh): number {
  const size = new THREE.Box3().setFromObject(part).getSize(new THREE.Vector3());
  return size.x * size.y + size.y * size.z + size.z * size.x + FURRED_AREA_SHARE;
}

/** Fur over an object of about unit size, in the colour of `source`: { object with its fur }. */
export function withFur<T extends THREE.Object3D>(random: Random, object: T, source: Coat): T {
  const size = new THREE.Box3().setFromObject(object).getSize(new THREE.Vector3()).length();
  const length = size * Math.exp(random.between(Math.log(0.008), Math.log(0.05)));
  const look = { length, width: size * 0.0022, droop: random.between(0, 0.5), stray: random.between(0.2, 0.6) };
  object.add(strands(random, rootsOn(random, object, 7000), look, source));
  return object;
}
