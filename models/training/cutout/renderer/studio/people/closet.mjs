/** Reads MakeHuman's proxies (clothes, hair, eyes) and fits them to a body. */
import { readBinding } from './body.mjs';
import { readSurface } from './surface.mjs';

export function createCloset() {
  const items = new Map();

  async function read(folder, name) {
    const json = await (await fetch(`/people/data/${folder}/${name}.json`)).json();
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
      normal: mapNormal && `${folder}/${mapNormal}`,
    };
  }

  return {
    /** An item by kind and name; each is read once. */
    item(kind, name) {
      const folder = `proxies/${kind}/${name}`;
      if (!items.has(folder)) items.set(folder, read(folder, name));
      return items.get(folder);
    },
    /** Its vertices on a body in rest pose: three body vertices weighted, and an offset. */
    fit({ fitting: { references, weights, offsets } }, vertices, scale) {
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
