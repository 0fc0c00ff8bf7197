/** The body: MakeHuman's base mesh, shaped by targets and posed by its skeleton. Lengths are in decimetres. */
import * as THREE from 'three';
import { type JsonMesh, readSurface, type Surface } from './surface.js';

const ROOT = '/people';
const MATERIALS = { skin: 0, tights: 1, skirt: 2 }; // the last two are helpers that clothes are fitted to
const TARGET_UNIT = 1e-3;

/** Which bones move a mesh's vertices: `influences` of them each, with weights. */
export interface Binding {
  indices: number[];
  weights: number[];
  influences: number;
}

/** Turns by the name of a bone. */
export type Turns = Record<string, THREE.Euler>;

export interface Body {
  /** Vertices in rest pose, before any target. */
  rest: Float32Array;
  surface: Surface;
  helpers: { tights: Surface; skirt: Surface };
  binding: Binding;
  /** Where a joint of the skeleton is in a body. */
  joint(vertices: Float32Array, name: string): THREE.Vector3;
  /** Vertices of a body that is the weighted sum of targets, given as [name, weight]. */
  shape(mix: [name: string, weight: number][]): Promise<Float32Array>;
  /** A matrix by bone, each turned about its own head, children carried along. */
  pose(vertices: Float32Array, turns: Turns): THREE.Matrix4[];
  /** The matrix of a bone by name. */
  bone(matrices: THREE.Matrix4[], name: string): THREE.Matrix4;
}

async function fetchJson<T>(path: string): Promise<T> {
  return (await fetch(`${ROOT}/${path}`)).json() as Promise<T>;
}

export async function loadBody(): Promise<Body> {
  const json = await fetchJson<JsonMesh>('data/models/human_full_size.json');
  const { targets } = await fetchJson<{ targets: object }>('json/targets/target-list.json');
  const rest = new Float32Array(json.vertices);
  const rows = new Map(
    Object.keys(targets)
      .sort()
      .map((path, row) => [path, row]),
  ); // as targets.bin is sorted
  const joints = json.metadata.joint_pos_idxs;
  const loaded = new Map<string, Int16Array>();

  /** One target's change of every coordinate, Int16 [3 x vertices], in thousandths. */
  async function target(name: string): Promise<Int16Array> {
    const known = loaded.get(name);
    if (known) return known;
    const bytes = rest.length * 2;
    const row = rows.get(`data/targets/${name}.target`);
    if (row === undefined) throw new Error(`no target ${name}`);
    const headers = { range: `bytes=${row * bytes}-${(row + 1) * bytes - 1}` };
    const answer = await fetch(`${ROOT}/data/targets/targets.bin`, { headers });
    const change = new Int16Array(await answer.arrayBuffer());
    loaded.set(name, change);
    return change;
  }

  function joint(vertices: Float32Array, name: string): THREE.Vector3 {
    const place = new THREE.Vector3();
    for (const v of joints[name]) place.add(new THREE.Vector3().fromArray(vertices, 3 * v));
    return place.divideScalar(joints[name].length);
  }

  return {
    surface: readSurface(json, MATERIALS.skin),
    helpers: { tights: readSurface(json, MATERIALS.tights), skirt: readSurface(json, MATERIALS.skirt) },
    binding: readBinding(json),
    rest,
    joint,
    async shape(mix) {
      const vertices = rest.slice();
      for (const [name, weight] of mix) {
        const change = await target(name);
        const scale = weight * TARGET_UNIT;
        for (let i = 0; i < vertices.length; i++) vertices[i] += change[i] * scale;
      }
      return vertices;
    },
    pose(vertices, turns) {
      const matrices: THREE.Matrix4[] = [];
      for (const { name, parent } of json.bones) {
        const matrix = parent < 0 ? new THREE.Matrix4() : matrices[parent].clone();
        const turn = name.endsWith('____head') ? turns[name.slice(0, -'____head'.length)] : undefined;
        if (turn) {
          const pivot = joint(vertices, name);
          matrix
            .multiply(new THREE.Matrix4().makeTranslation(pivot))
            .multiply(new THREE.Matrix4().makeRotationFromEuler(turn))
            .multiply(new THREE.Matrix4().makeTranslation(pivot.negate()));
        }
        matrices.push(matrix);
      }
      return matrices;
    },
    bone: (matrices, name) => matrices[json.bones.findIndex((bone) => bone.name === `${name}____head`)],
  };
}

export function readBinding({ skinIndices, skinWeights, influencesPerVertex }: JsonMesh): Binding {
  return { indices: skinIndices, weights: skinWeights, influences: influencesPerVertex };
}

/** Vertices moved by several weighted bones each: linear blend skinning. */
export function skin(
  vertices: Float32Array,
  { indices, weights, influences }: Binding,
  matrices: THREE.Matrix4[],
): Float32Array {
  const moved = new Float32Array(vertices.length);
  for (let v = 0; v < vertices.length / 3; v++) {
    const [x, y, z] = [vertices[3 * v], vertices[3 * v + 1], vertices[3 * v + 2]];
    let total = 0;
    for (let k = influences * v; k < influences * (v + 1); k++) {
      const weight = weights[k];
      if (!weight) continue;
      const m = matrices[indices[k]].elements;
      moved[3 * v] += weight * (m[0] * x + m[4] * y + m[8] * z + m[12]);
      moved[3 * v + 1] += weight * (m[1] * x + m[5] * y + m[9] * z + m[13]);
      moved[3 * v + 2] += weight * (m[2] * x + m[6] * y + m[10] * z + m[14]);
      total += weight;
    }
    for (let k = 0; k < 3; k++) moved[3 * v + k] /= total || 1;
  }
  return moved;
}
