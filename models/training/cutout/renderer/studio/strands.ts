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

/** The course of one strand: its width lies along `side`, light meets it as if it faced `out`. */
export interface Path {
  points: THREE.Vector3[];
  out: THREE.Vector3;
  side: THREE.Vector3;
  /** Brightness at its root and at its tip, about 1. */
  shade: [root: number, tip: number];
}

/** One mesh of ribbons along paths, `width` at their roots and a tenth of it at their tips. */
export function ribbons(paths: Path[], width: number, { color, roughness }: Coat): THREE.Mesh {
  const positions: number[] = [];
  const normals: number[] = [];
  const colours: number[] = [];
  const index: number[] = [];
  for (const { points, out, side, shade } of paths) {
    const first = positions.length / 3;
    points.forEach(({ x, y, z }, i) => {
      const t = i / (points.length - 1);
      const half = (width / 2) * (1 - 0.9 * t);
      const brightness = shade[0] + (shade[1] - shade[0]) * t;
      for (const hand of [-half, half]) {
        positions.push(x + side.x * hand, y + side.y * hand, z + side.z * hand);
        normals.push(out.x, out.y, out.z);
        colours.push(brightness, brightness, brightness);
      }
      const a = first + 2 * i - 2;
      if (i) index.push(a, a + 1, a + 2, a + 1, a + 3, a + 2);
    });
  }
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute('position', new THREE.Float32BufferAttribute(positions, 3));
  geometry.setAttribute('normal', new THREE.Float32BufferAttribute(normals, 3));
  geometry.setAttribute('color', new THREE.Float32BufferAttribute(colours, 3));
  geometry.setIndex(index);
  const material = new THREE.MeshStandardMaterial({ color, roughness, vertexColors: true, side: THREE.DoubleSide });
  return mesh(geometry, material);
}

/** One mesh of strands; `shadeAt` gives their brightness by place, about 1. */
export function strands(
  random: Random,
  roots: Root[],
  { length, width, droop, stray }: Look,
  coat: Coat,
  shadeAt: (place: THREE.Vector3) => number = () => 1,
): THREE.Mesh {
  const paths = roots.map(({ place, out }): Path => {
    const along = new THREE.Vector3(random.normal(), random.normal(), random.normal());
    along.multiplyScalar(stray).add(out).normalize();
    const side = new THREE.Vector3(random.normal(), random.normal(), random.normal()).cross(along).normalize();
    const reach = length * random.between(0.4, 1);
    const bend = random.normal() * 0.25 * reach;
    const points = Array.from({ length: SEGMENTS + 1 }, (_, i) => {
      const t = i / SEGMENTS;
      const point = place.clone().addScaledVector(along, reach * t);
      point.addScaledVector(side, bend * t * t).y -= droop * reach * t * t;
      return point;
    });
    const shade = random.between(0.6, 1.25) * shadeAt(place);
    return { points, out, side, shade: [shade, shade] };
  });
  return ribbons(paths, width, coat);
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

/** Fur over an object, in the colour of `coat`, darker and lighter in patches. */
export function withFur<T extends THREE.Object3D>(random: Random, object: T, coat: Coat): T {
  const size = new THREE.Box3().setFromObject(object).getSize(new THREE.Vector3()).length();
  const length = size * Math.exp(random.between(Math.log(0.008), Math.log(0.05)));
  const look = { length, width: size * 0.0022, droop: random.between(0, 0.5), stray: random.between(0.2, 0.6) };
  const patches = Array.from({ length: 3 }, () => ({
    along: new THREE.Vector3(random.normal(), random.normal(), random.normal()).multiplyScalar(
      random.between(4, 14) / size,
    ),
    phase: random.between(0, 6),
  }));
  const contrast = random.between(0, 0.7);
  const shadeAt = (place: THREE.Vector3) =>
    1 + (contrast / 3) * patches.reduce((sum, { along, phase }) => sum + Math.sin(along.dot(place) + phase), 0);
  object.add(strands(random, rootsOn(random, object, 6000), look, coat, shadeAt));
  return object;
}
