/** Clothed people: a body of random build, race, age and pose, dressed from the wardrobe or by the tailor. */
import * as THREE from 'three';
import type { Focus, Product } from '../arrange.js';
import type { MakeMaterial } from '../materials.js';
import type { Random } from '../random.js';
import { group, mesh } from '../shapes.js';
import { isHeldBack, type Split } from '../shelf.js';
import { rootsOn, strands } from '../strands.js';
import { loadBody, skin } from './body.js';
import { createCloset, type Item } from './closet.js';
import { type Cloth, clothMaterial, draping, hairColour, hairMaterial, layers } from './cloth.js';
import { knittedCap, type MakePompom, pressHair, skullAbove } from './headwear.js';
import { looseHair } from './loose-hair.js';
import { fashionPose } from './pose.js';
import { makeGeometry, type Surface, smoothNormals } from './surface.js';
import { type PlainOutfit, plainOutfit, sew } from './tailor.js';
import { createTextures } from './textures.js';
import { EYEBROWS, EYES, type Gender, type Place, RACES, type Race, skinOf, WARDROBE } from './wardrobe.js';

/** How far inside a plain garment's hem the body below is left out, in decimetres. */
const COVERED = 0.5;

/** Ways to be dressed, each as likely as its weight says, and what of the wardrobe they take. */
const STYLES = {
  female: { plain: 40, dress: 32, parts: 18, suit: 10 },
  male: { plain: 50, dress: 0, parts: 0, suit: 50 },
};
const PLACES: Record<keyof typeof STYLES.female, Place[]> = {
  plain: [],
  dress: ['dresses'],
  parts: ['bottoms', 'tops'],
  suit: [],
};

/** Hair that may be worn loose: over its cards fall single strands. */
const LOOSE = ['long01', 'bob01', 'bob02', 'short03'];

/** How many heads have loose strands about them. */
const FLYING = 0.7;

interface Look {
  gender: Gender;
  race: Race;
  age: 'young' | 'old' | 'child';
}

/** A person being dressed: vertices in rest pose, bones' matrices, and what has been put on. */
interface Dressing {
  random: Random;
  makeMaterial: MakeMaterial;
  look: Look;
  vertices: Float32Array;
  matrices: THREE.Matrix4[];
  person: THREE.Group;
  names: string[];
  /** By vertex of the body: 1 if clothes hide it. */
  hidden: Uint8Array;
  /** The head's size, as a multiple of the base mesh's. */
  scale: number;
}

export interface People {
  /** A person about 17 dm tall, facing +z. */
  take(random: Random, makeMaterial: MakeMaterial): Promise<Product>;
}

/** People are made anew at each call; the validation split wears what training never shows. */
export async function createPeople(split: Split): Promise<People> {
  const body = await loadBody();
  const textures = createTextures();
  const closet = createCloset();

  /** Of a place's items one of this split, or any in validation if none of them was held back. */
  function choose(random: Random, names: string[]): string {
    const allowed = names.filter((name) => isHeldBack(name) === (split === 'val'));
    return random.pick(allowed.length ? allowed : names);
  }
  const takeFrom = (random: Random, place: Place, folder = 'clothes') =>
    closet.item(folder, choose(random, Object.keys(WARDROBE[place])));

  function build(random: Random, { race, gender, age }: Look): Promise<Float32Array> {
    const other = random.pick(RACES);
    const share = random.between(0, 0.4);
    const weight = random.weighted({ averageweight: 40, minweight: 35, maxweight: 25 });
    const muscle = random.weighted({ averagemuscle: 50, minmuscle: 25, maxmuscle: 25 });
    const extreme = random.between(0, 0.9);
    return body.shape([
      [`macrodetails/${race}-${gender}-${age}`, 1 - share],
      [`macrodetails/${other}-${gender}-${age}`, share],
      [`macrodetails/universal-${gender}-${age}-averagemuscle-averageweight`, 1 - extreme],
      [`macrodetails/universal-${gender}-${age}-${muscle}-${weight}`, extreme],
    ]);
  }

  /** Items of the wardrobe and plain garments, inner first. */
  async function outfit(random: Random, gender: Gender) {
    const style = random.weighted(STYLES[gender]);
    const places = [...PLACES[style]];
    if (style === 'suit') places.push(gender === 'male' ? 'maleSuits' : 'femaleSuits');
    const plain = style === 'plain' ? plainOutfit(random, gender) : null;
    const narrow = plain ? plain.narrow : style === 'dress' || style === 'parts';
    if (style !== 'plain' && gender === 'female' && random.chance(0.08)) places.push('coats');
    if (random.chance(0.92)) places.push('shoes');
    if (random.chance(0.12)) places.push('glasses');
    return { wear: await Promise.all(places.map((place) => takeFrom(random, place))), plain, narrow };
  }

  async function take(random: Random, makeMaterial: MakeMaterial): Promise<Product> {
    const gender = random.chance(0.6) ? 'female' : 'male';
    const look: Look = { race: random.pick(RACES), gender, age: random.weighted({ young: 80, old: 14, child: 6 }) };
    const vertices = await build(random, look);
    const { wear, plain, narrow } = await outfit(random, gender);
    const matrices = body.pose(vertices, fashionPose(random, narrow));
    const person = group();
    const dressing: Dressing = {
      random,
      makeMaterial,
      look,
      vertices,
      matrices,
      person,
      names: [],
      hidden: new Uint8Array(vertices.length / 3),
      scale: headSize(vertices) / headSize(body.rest),
    };

    if (plain) addPlain(dressing, plain);
    for (const [layer, item] of wear.entries()) {
      const drape = draping(random, item.surface, 0.015 * (layer + 1));
      put(dressing, item, await clothMaterial(random, textures, item, makeMaterial), drape);
    }
    await addHead(dressing);
    person.add(await bareBody(dressing));
    const name = `person ${dressing.names.join(' ')}`;
    return { name, object: person, focus: focusPoints(vertices, matrices) };
  }

  const headSize = (vertices: Float32Array) =>
    body.joint(vertices, 'head____tail').distanceTo(body.joint(vertices, 'head____head'));

  /** Puts an item on and returns its posed vertices; `change` may move them in rest pose. */
  function put(
    { vertices, scale, matrices, hidden, person, names }: Dressing,
    item: Item,
    cloth: Cloth,
    change?: (placed: Float32Array) => void,
  ): Float32Array {
    const placed = closet.fit(item, vertices, scale);
    change?.(placed);
    item.hides.forEach((hides, v) => {
      if (hides) hidden[v] = 1;
    });
    const posed = skin(placed, item.binding, matrices);
    person.add(layers(makeGeometry(item.surface, posed), cloth));
    names.push(item.name);
    return posed;
  }

  function addPlain(
    { random, makeMaterial, vertices, matrices, hidden, person, names }: Dressing,
    { pieces, matching }: PlainOutfit,
  ) {
    const cloths = pieces.map(({ knit }) => makeMaterial(knit ? { yarn: true } : { cloth: true }));
    pieces.forEach((piece, i) => {
      const material = cloths[matching ? pieces.length - 1 : i];
      material.side = THREE.DoubleSide;
      const { surface, placed, binding } = sew(random, body, piece, vertices);
      draping(random, surface, piece.gap)(placed);
      person.add(mesh(makeGeometry(surface, skin(placed, binding, matrices)), material));
      names.push(`plain-${piece.from}`);
      for (let v = 0; v < hidden.length; v++) {
        if (piece.field(body.rest[3 * v], body.rest[3 * v + 1], body.rest[3 * v + 2]) > COVERED) hidden[v] = 1;
      }
    });
  }

  /** Eyes, brows, lashes, hair, and perhaps a hat on it. */
  async function addHead(dressing: Dressing) {
    const { random, makeMaterial, look, vertices, matrices, person, names } = dressing;
    const colour = hairColour(random);
    const eyes = await closet.item('eyes', 'Low-Poly');
    const { colour: iris } = await textures.picture(`${eyes.folder}/textures/${random.pick(EYES)}.png`);
    put(dressing, eyes, { material: new THREE.MeshStandardMaterial({ map: iris, roughness: 0.2 }), soft: true });
    const brows = await closet.item('eyebrows', random.pick(EYEBROWS));
    put(dressing, brows, await hairMaterial(random, textures, brows, colour));
    const lashes = await closet.item('eyelashes', 'Eyelashes01');
    put(dressing, lashes, await hairMaterial(random, textures, lashes, new THREE.Color(0x1a1410)));

    const headgear = random.weighted({ none: 55, knitted: 27, hat: 18 });
    const eye = body.joint(vertices, 'eye.L____head');
    const skull = skullAbove(vertices, eye.y + random.between(0.3, 0.6));
    const long = look.gender === 'female' || random.chance(0.12);
    if (long || random.chance(0.8)) {
      const hair = await takeFrom(random, long ? 'longHair' : 'shortHair', 'hair');
      const press = headgear === 'none' ? undefined : (placed: Float32Array) => pressHair(placed, skull, 1.02);
      const dyed = await hairMaterial(random, textures, hair, colour);
      const posed = put(dressing, hair, dyed, press);
      if (LOOSE.includes(hair.name) && random.chance(0.6)) {
        const shade = colour.clone().multiplyScalar(0.8);
        const shoulders = body.joint(vertices, 'shoulder01.L____head').y;
        person.add(looseHair(random, skull, shoulders, carrier(dressing), shade, headgear !== 'none'));
      }
      if (random.chance(FLYING)) person.add(flyaways(random, hair.surface, posed, long, dyed.material));
    }
    if (headgear === 'hat') {
      const hat = await takeFrom(random, 'hats');
      put(dressing, hat, await clothMaterial(random, textures, hat, makeMaterial));
    } else if (headgear === 'knitted') {
      const yarn = makeMaterial({ yarn: true });
      const cap = group(knittedCap(random, skull, yarn, pompom(random)));
      if (random.chance(0.6)) cap.add(fluff(random, cap, yarn));
      cap.applyMatrix4(body.bone(matrices, 'head'));
      person.add(cap);
      names.push('knitted-cap');
    }
  }

  /** Poses a point of the hair: the upper part goes with the head, the lower with the chest. */
  function carrier({ vertices, matrices }: Dressing) {
    const [head, chest] = [body.bone(matrices, 'head'), body.bone(matrices, 'spine01')];
    const [low, high] = [body.joint(vertices, 'shoulder01.L____head').y, body.joint(vertices, 'head____head').y];
    return (point: THREE.Vector3) => {
      const share = THREE.MathUtils.smoothstep(point.y, low, high);
      return point.clone().applyMatrix4(chest).lerp(point.clone().applyMatrix4(head), share);
    };
  }

  async function bareBody({ random, look, vertices, matrices, hidden }: Dressing): Promise<THREE.Mesh> {
    const years = look.age === 'child' ? 'young' : look.age;
    const path = skinOf(look.race, look.gender, random.chance(0.7) ? years : 'middleage');
    const { colour } = await textures.picture(path);
    const material = new THREE.MeshStandardMaterial({ map: colour });
    material.roughness = random.between(0.4, 0.75);
    material.color.setScalar(random.between(0.75, 1.1));
    return mesh(makeGeometry(body.surface, skin(vertices, body.binding, matrices), hidden), material);
  }

  /** Where a portrait, a half figure and a full figure end, as heights of the posed body. */
  function focusPoints(vertices: Float32Array, matrices: THREE.Matrix4[]): Focus {
    const height = (bone: string, end = 'head') =>
      body.joint(vertices, `${bone}____${end}`).applyMatrix4(body.bone(matrices, bone)).y;
    return {
      crown: height('head', 'tail') + 0.8,
      neck: height('neck01') + 0.3,
      chest: height('spine02') + 1,
      hip: height('upperleg01.L') - 0.5,
      knee: height('lowerleg01.L'),
    };
  }

  return { take };
}

/** Single hairs that stand off a head of hair, `vertices` of which are posed; long ones hang. */
function flyaways(
  random: Random,
  { source, index }: Surface,
  vertices: Float32Array,
  long: boolean,
  material: THREE.MeshStandardMaterial,
): THREE.Mesh {
  const normals = smoothNormals(source, index, vertices);
  const roots = Array.from({ length: random.integer(30, long ? 200 : 90) }, () => {
    const v = 3 * random.integer(0, vertices.length / 3 - 1);
    const out = new THREE.Vector3().fromArray(normals, v);
    if (long) out.y = 0.4 * out.y - 0.6;
    return { place: new THREE.Vector3().fromArray(vertices, v), out: out.normalize() };
  });
  const look = long
    ? { length: random.between(0.4, 1.6), width: 0.016, droop: random.between(0, 0.6), stray: 0.3 }
    : { length: random.between(0.15, 0.4), width: 0.014, droop: random.between(0, 0.3), stray: 0.5 };
  return strands(random, roots, look, material);
}

/** The fuzz of wool. */
function fluff(random: Random, cap: THREE.Object3D, yarn: THREE.MeshStandardMaterial): THREE.Mesh {
  const look = { length: random.between(0.06, 0.2), width: 0.012, droop: 0.1, stray: 0.6 };
  return strands(random, rootsOn(random, cap, 3000), look, yarn);
}

function pompom(random: Random): MakePompom {
  return (crown, size, yarn) => {
    const ball = group(mesh(new THREE.IcosahedronGeometry(size * 0.8, 3), yarn));
    const look = { length: size * 0.4, width: 0.03, droop: 0.2, stray: 0.5 };
    ball.add(strands(random, rootsOn(random, ball, 1500), look, yarn));
    ball.position.copy(crown);
    return ball;
  };
}
