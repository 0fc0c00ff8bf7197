/** Meshes in three.js' old JSON format: their faces, and geometry made of freshly placed vertices. */
import * as THREE from 'three';

/** What is read of a mesh file: numbers in flat lists, and what MakeHuman adds. */
export interface JsonMesh {
  vertices: number[];
  faces: number[];
  uvs: number[][];
  skinIndices: number[];
  skinWeights: number[];
  influencesPerVertex: number;
  bones: { name: string; parent: number }[];
  materials: { mapDiffuse: string; mapNormal?: string }[];
  metadata: {
    joint_pos_idxs: Record<string, number[]>;
    ref_vIdxs: number[][];
    weights: number[][];
    offsets: number[][];
    deleteVerts: number[];
  };
}

/** Corner i is vertex source[i] with texture coordinates uv[2i..2i+1]; index lists triangles of corners. */
export interface Surface {
  source: number[];
  uv: Float32Array;
  index: number[];
}

/** The faces of one material (or of all) of a JSON mesh, quads cut in two. */
export function readSurface(json: JsonMesh, material: number | null = null): Surface {
  const { faces, uvs } = json;
  const corners = new Map<number, number>();
  const source: number[] = [];
  const uv: number[] = [];
  const index: number[] = [];
  const corner = (vertex: number, coordinate: number): number => {
    const key = vertex * 1e6 + coordinate;
    const known = corners.get(key);
    if (known !== undefined) return known;
    corners.set(key, source.length);
    source.push(vertex);
    uv.push(uvs[0][2 * coordinate], uvs[0][2 * coordinate + 1]);
    return source.length - 1;
  };
  // A face: type bits (1 quad, 2 material, 8 coordinates), its vertices, its material, their coordinates.
  for (let i = 0; i < faces.length; ) {
    const sides = faces[i] & 1 ? 4 : 3;
    const first = i + 1;
    const wanted = material === null || faces[first + sides] === material;
    if (wanted) {
      const [a, b, c, d] = Array.from({ length: sides }, (_, k) =>
        corner(faces[first + k], faces[first + sides + 1 + k]),
      );
      index.push(a, b, c);
      if (sides === 4) index.push(a, c, d);
    }
    i = first + 2 * sides + 1;
  }
  return { source, uv: new Float32Array(uv), index };
}

/** Geometry of a surface whose vertex v stands at vertices[3v..3v+2]; faces wholly of hidden vertices are left out. */
export function makeGeometry({ source, uv, index }: Surface, vertices: Float32Array, hidden: Uint8Array | null = null) {
  const normals = smoothNormals(source, index, vertices);
  const positions = new Float32Array(source.length * 3);
  const directions = new Float32Array(source.length * 3);
  source.forEach((vertex, i) => {
    positions.set(vertices.subarray(3 * vertex, 3 * vertex + 3), 3 * i);
    directions.set(normals.subarray(3 * vertex, 3 * vertex + 3), 3 * i);
  });
  const shown = hidden ? visibleTriangles(source, index, hidden) : index;
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute('position', new THREE.BufferAttribute(positions, 3));
  geometry.setAttribute('normal', new THREE.BufferAttribute(directions, 3));
  geometry.setAttribute('uv', new THREE.BufferAttribute(uv, 2));
  geometry.setIndex(shown);
  return geometry;
}

function visibleTriangles(source: number[], index: number[], hidden: Uint8Array): number[] {
  const shown: number[] = [];
  for (let i = 0; i < index.length; i += 3) {
    const [a, b, c] = [index[i], index[i + 1], index[i + 2]];
    if (!(hidden[source[a]] && hidden[source[b]] && hidden[source[c]])) shown.push(a, b, c);
  }
  return shown;
}

/** Unit normals by vertex, so that seams of the texture do not show. */
export function smoothNormals(source: number[], index: number[], vertices: Float32Array): Float32Array {
  const normals = new Float32Array(vertices.length);
  for (let i = 0; i < index.length; i += 3) {
    const [a, b, c] = [3 * source[index[i]], 3 * source[index[i + 1]], 3 * source[index[i + 2]]];
    const [ux, uy, uz] = [0, 1, 2].map((k) => vertices[b + k] - vertices[a + k]);
    const [vx, vy, vz] = [0, 1, 2].map((k) => vertices[c + k] - vertices[a + k]);
    const face = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
    for (const corner of [a, b, c]) for (let k = 0; k < 3; k++) normals[corner + k] += face[k];
  }
  for (let i = 0; i < normals.length; i += 3) {
    const length = Math.hypot(normals[i], normals[i + 1], normals[i + 2]) || 1;
    for (let k = 0; k < 3; k++) normals[i + k] /= length;
  }
  return normals;
}
