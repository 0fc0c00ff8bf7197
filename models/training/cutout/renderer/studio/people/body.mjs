/** The body: MakeHuman's base mesh, shaped by targets and posed by its skeleton. Lengths are in decimetres. */
import * as THREE from 'three';
import { readSurface } from './surface.mjs';

const ROOT = '/people';
const MATERIALS = { skin: 0, tights: 1, skirt: 2 }; // the last two are helpers that clothes are fitted to
const TARGET_UNIT = 1e-3;

const fetchJson = async (path) => (await fetch(`${ROOT}/${path}`)).json();

/** { count, surface, shape, pose }: the base mesh and what can be done with it. */
export async function loadBody() {
  const json = await fetchJson('data/models/human_full_size.json');
  const { targets } = await fetchJson('json/targets/target-list.json');
  const rest = new Float32Array(json.vertices);
  const rows = new Map(
    Object.keys(targets)
      .sort()
      .map((path, row) => [path, row]),
  ); // as targets.bin is sorted
  const joints = json.metadata.joint_pos_idxs;
  const loaded = new Map();

  /** One target's change of every coordinate, Int16 [3 x vertices], in thousandths. */
  async function target(name) {
    if (!loaded.has(name)) {
      const bytes = rest.length * 2;
      const row = rows.get(`data/targets/${name}.target`);
      if (row === undefined) throw new Error(`no target ${name}`);
      const headers = { range: `bytes=${row * bytes}-${(row + 1) * bytes - 1}` };
      const answer = await fetch(`${ROOT}/data/targets/targets.bin`, { headers });
      loaded.set(name, new Int16Array(await answer.arrayBuffer()));
    }
    return loaded.get(name);
  }

  function joint(vertices, name) {
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
    /** Vertices of a body that is the weighted sum of targets, given as [name, weight] pairs. */
    async shape(mix) {
      const vertices = rest.slice();
      for (const [name, weight] of mix) {
        const change = await target(name);
        const scale = weight * TARGET_UNIT;
        for (let i = 0; i < vertices.length; i++) vertices[i] += change[i] * scale;
      }
      return vertices;
    },
    /** A matrix by bone for turns like { 'head': Euler }, each about the bone's own head, children carried along. */
    pose(vertices, turns) {
      const matrices = [];
      for (const { name, parent } of json.bones) {
        const matrix = parent < 0 ? new THREE.Matrix4() : matrices[parent].clone();
        const turn = name.endsWith('____head') && turns[name.slice(0, -'____head'.length)];
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
    /** The matrix of a bone by name. */
    bone: (matrices, name) => matrices[json.bones.findIndex((bone) => bone.name === `${name}____head`)],
  };
}

/** Which bones move a JSON mesh's vertices: { indices, weights, influences }, so many of each a vertex. */
export function readBinding({ skinIndices, skinWeights, influencesPerVertex }) {
  return { indices: skinIndices, weights: skinWeights, influences: influencesPerVertex };
}

/** Vertices moved by several weighted bones each: linear blend skinning. */
export function skin(vertices, { indices, weights, influences }, matrices) {
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
