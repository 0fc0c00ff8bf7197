/** Reads MakeHuman's proxies (clothes, hair, eyes) and fits them to a body. */
import { type Binding, readBinding } from './body.js';
import { type JsonMesh, readSurface, type Surface } from './surface.js';

/** Something to wear, or hair, or eyes; `maps` and `normal` are textures' paths. */
export interface Item {
  name: string;
  folder: string;
  surface: Surface;
  binding: Binding;
  /** By vertex: three body vertices, their weights, and an offset from their mean. */
  fitting: { references: number[][]; weights: number[][]; offsets: number[][] };
  /** By vertex of the body: whether it is hidden below. */
  hides: number[];
  maps: string[];
  normal?: string;
}

export function createCloset() {
  const items = new Map<string, Promise<Item>>();

  async function read(folder: string, name: string): Promise<Item> {
    const json: JsonMesh = await (await fetch(`/people/data/${folder}/${name}.json`)).json();
    const { ref_vIdxs: references, weights, offsets, deleteVerts: hides } = json.metadata;
    const { mapNormal } = json.materials[0];
    return {
      name,
      folder,
      surface: readSurface(json),
      binding: readBinding(json),
      fitting: { references, weights, offsets },
      hides,
      maps: json.materials.map(({ mapDiffuse }) => `${folder}/${mapDiffuse}`),
      normal: mapNormal ? `${folder}/${mapNormal}` : undefined,
    };
  }

  return {
    /** An item by kind and name; each is read once. */
    item(kind: string, name: string): Promise<Item> {
      const folder = `proxies/${kind}/${name}`;
      const item = items.get(folder) ?? read(folder, name);
      items.set(folder, item);
      return item;
    },
    /** Its vertices on a body in rest pose: three body vertices weighted, and an offset. */
    fit({ fitting: { references, weights, offsets } }: Item, vertices: Float32Array, scale: number): Float32Array {
      const placed = new Float32Array(references.length * 3);
      references.forEach((corners, i) => {
        for (let k = 0; k < 3; k++) {
          let sum = offsets[i][k] * scale;
          for (let c = 0; c < 3; c++) sum += weights[i][c] * vertices[3 * corners[c] + k];
          placed[3 * i + k] = sum;
        }
      });
      return placed;
    },
  };
}
