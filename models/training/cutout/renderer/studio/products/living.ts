/** Garments on a mannequin, hats on a head, and animals: soft outlines, hair, fur, cloth. */
import * as THREE from 'three';
import type { MakeMaterial } from '../materials.js';
import type { Random } from '../random.js';
import { at, group, limb, mesh, point, roundedBox, tube, tufts } from '../shapes.js';
import { withFur } from '../strands.js';

/** A head with hair under a knitted or peaked hat, sometimes with a backpack. */
export function hat(random: Random, material: MakeMaterial) {
  const skin = material({ skin: true });
  const knit = material({ cloth: true });
  const hair = material({ hair: true });
  const shirt = material({ cloth: true });
  const head = mesh(new THREE.SphereGeometry(0.5, 32, 24), random.chance(0.5) ? hair : skin);
  head.scale.set(0.85, 1.1, 0.95);
  const folds = { wrinkle: 0.05, random };
  const shoulders = [
    [-0.9, 0.35],
    [-0.45, 0.72],
    [0, 0.8],
    [0.45, 0.72],
    [0.9, 0.35],
  ].map(([x, y]) => point(x, y, 0));
  const whole = group(
    at(head, 0, 1.5, 0),
    limb([point(0, 1.1, 0), point(0, 0.8, 0)], [0.2, 0.22], skin),
    limb(shoulders, [0.2, 0.27, 0.26, 0.27, 0.2], shirt, folds),
    limb([point(0, 0.7, 0), point(0, -0.6, 0)], [0.5, 0.62], shirt, { sides: 24, ...folds }),
    knittedCap(random, knit),
    tufts(random, hair, point(0, 1.5, 0), 0.45, random.between(0.4, 1.6), random.integer(80, 220)),
  );
  if (random.chance(0.5)) {
    const pompom = mesh(new THREE.IcosahedronGeometry(0.15, 2), knit);
    whole.add(at(pompom, 0, 2.3, 0), tufts(random, knit, point(0, 2.3, 0), 0.14, 0.1, 60));
  } else if (random.chance(0.6)) {
    const brim = mesh(new THREE.CylinderGeometry(0.5, 0.52, 0.03, 32, 1, false, -1, 2), knit);
    whole.add(at(brim, 0, 1.55, 0.25));
  }
  if (random.chance(0.6)) whole.add(mane(random, hair));
  if (random.chance(0.4)) whole.add(backpack(random, material));
  return whole;
}

function knittedCap(random: Random, knit: THREE.Material) {
  knit.side = THREE.DoubleSide;
  const cap = mesh(new THREE.SphereGeometry(0.54, 32, 20, 0, 2 * Math.PI, 0, random.between(1.3, 1.8)), knit);
  cap.scale.set(0.92, random.between(1.1, 1.4), 1);
  cap.rotation.x = random.between(-0.3, 0.1);
  return at(cap, 0, 1.58, 0);
}

/** Long hair falling over back and shoulders, with loose strands at its end. */
function mane(random: Random, hair: THREE.Material) {
  const end = random.between(-0.3, 0.8);
  const side = random.between(-0.2, 0.2);
  const width = random.between(0.3, 0.55);
  const fall = [point(0, 1.75, -0.15), point(side * 0.5, 1.2, -0.38), point(side, end, -0.45)];
  const folds = { sides: 28, wrinkle: random.between(0.04, 0.12), random };
  const body = limb(fall, [0.42, (0.42 + width) / 2, width * random.between(0.5, 1)], hair, folds);
  body.scale.z = 0.75;
  const strands = tufts(random, hair, point(side, end + 0.2, -0.4), width * 0.7, 0.6, random.integer(40, 120));
  return group(body, strands);
}

function backpack(random: Random, material: MakeMaterial) {
  const cloth = material({ textured: random.chance(0.3) });
  const whole = group(at(roundedBox(0.9, 1.2, 0.4, 0.1, cloth, 4), 0, 0.1, -0.65));
  for (const side of [-1, 1]) {
    const strap = [
      [0.35, -0.3, 0.45],
      [0.38, 0.4, 0.42],
      [0.38, 0.95, 0],
      [0.35, 0.6, -0.5],
    ];
    whole.add(
      tube(
        strap.map(([x, y, z]) => point(side * x, y, z)),
        0.05,
        cloth,
      ),
    );
  }
  return whole;
}

/** What a mannequin is made of: materials, girth about 1, depth of its clothes' wrinkles. */
interface Look {
  skin: THREE.Material;
  top: THREE.Material;
  bottom: THREE.Material;
  shoe: THREE.Material;
  girth: number;
  wrinkle: number;
  dress: boolean;
  shortSleeves: boolean;
}

/** A person in shirt and trousers or a dress, in a random pose. */
export function mannequin(random: Random, material: MakeMaterial) {
  const look: Look = {
    skin: material({ skin: true }),
    top: material({ cloth: true }),
    bottom: material({ cloth: true }),
    shoe: material(),
    girth: random.between(0.85, 1.2),
    wrinkle: random.between(0.01, 0.06),
    dress: random.chance(0.25),
    shortSleeves: random.chance(0.6),
  };
  const hip = point(random.between(-0.1, 0.1), 2, 0);
  const neck = point(random.between(-0.05, 0.05), 3.25, 0);
  const scaled = (radii: number[]) => radii.map((radius) => radius * look.girth);
  const folds = { wrinkle: look.wrinkle, random };
  const spine = [hip, point(hip.x / 2, 2.35, 0.02), point(0, 2.85, 0), point(0, 3.08, 0), point(0, 3.16, 0)];
  const torso = limb(spine, scaled([0.4, 0.34, 0.43, 0.36, 0.2]), look.top, { sides: 28, ...folds });
  torso.scale.z = 0.68;
  const throat = limb([point(0, 3.1, 0), neck.clone().add(point(0, 0.1, 0))], [0.13, 0.12], look.skin);
  const whole = group(torso, throat);
  if (random.chance(0.85)) whole.add(headWithHair(random, material, look.skin, neck));
  for (const side of [-1, 1]) whole.add(arm(random, look, side), leg(random, look, side, hip));
  if (look.dress) whole.add(skirt(random, look));
  else {
    const seat = [point(hip.x, 1.8, 0), point(hip.x, 2.1, 0)];
    const pelvis = limb(seat, scaled([0.38, 0.4]), look.bottom, { sides: 24, ...folds });
    pelvis.scale.z = 0.72;
    whole.add(pelvis);
  }
  if (random.chance(0.25)) whole.add(shoulderBag(material()));
  return whole;
}

function headWithHair(random: Random, material: MakeMaterial, skin: THREE.Material, neck: THREE.Vector3) {
  const hair = material({ hair: true });
  const centre = neck.clone().add(point(0, 0.35, 0));
  const head = mesh(new THREE.SphereGeometry(0.26, 28, 20), skin);
  head.scale.set(0.85, 1.2, 0.95);
  head.position.copy(centre);
  const scalp = mesh(new THREE.SphereGeometry(0.265, 24, 16, 0, 2 * Math.PI, 0, 1.5), hair);
  scalp.scale.set(0.87, 1.2, 0.97);
  scalp.position.copy(centre);
  scalp.rotation.x = -0.35;
  const crown = centre.clone().add(point(0, 0.05, -0.03));
  const strands = tufts(random, hair, crown, 0.24, random.between(0.1, 0.9), random.integer(60, 200));
  return group(head, scalp, strands);
}

function arm(random: Random, look: Look, side: number) {
  const shoulder = point(side * 0.44 * look.girth, 3.02, 0);
  const elbow = point(side * random.between(0.5, 0.95), random.between(2.25, 2.6), random.between(-0.2, 0.25));
  const reach = point(side * random.between(-0.6, 0.35), random.between(-0.6, 0.3), random.between(0, 0.5));
  const hand = elbow.clone().add(reach);
  const upper = shoulder.clone().lerp(elbow, 0.5);
  const fore = elbow.clone().lerp(hand, 0.5);
  const palm = mesh(new THREE.SphereGeometry(0.09, 12, 10), look.skin);
  palm.scale.set(0.7, 1.3, 0.6);
  palm.position.copy(hand).add(point(0, -0.06, 0.02));
  const whole = group(limb([shoulder, upper, elbow, fore, hand], [0.13, 0.12, 0.1, 0.085, 0.06], look.skin), palm);
  if (random.chance(0.1)) return whole;
  const seam = shoulder.clone().add(point(-side * 0.08, 0.02, 0));
  const sleeve = look.shortSleeves
    ? [seam, shoulder.clone().lerp(elbow, random.between(0.35, 0.7))]
    : [seam, upper, elbow, hand.clone().lerp(elbow, 0.1)];
  const radii = (look.shortSleeves ? [0.18, 0.17] : [0.18, 0.16, 0.14, 0.1]).map((r) => r * look.girth);
  whole.add(limb(sleeve, radii, look.top, { wrinkle: look.wrinkle * 1.5, random }));
  return whole;
}

function leg(random: Random, look: Look, side: number, hip: THREE.Vector3) {
  const top = point(hip.x + side * 0.2, 1.95, 0);
  const knee = point(side * random.between(0.18, 0.35), 1.1, random.between(-0.05, 0.45));
  const ankle = point(side * random.between(0.12, 0.45), 0.15, knee.z - random.between(0, 0.5));
  const shoe = roundedBox(0.2, 0.18, 0.5, 0.08, look.shoe, 4);
  shoe.position.copy(ankle).add(point(0, -0.06, 0.13));
  const whole = group(limb([top, knee, ankle], [0.2, 0.13, 0.08], look.skin), shoe);
  const flare = random.between(0.75, 1.6);
  if (look.dress || random.chance(0.05)) return whole;
  const line = [top, top.clone().lerp(knee, 0.5), knee, knee.clone().lerp(ankle, 0.5), ankle];
  const radii = [0.25, 0.23, 0.17, 0.15, 0.12 * flare].map((radius) => radius * look.girth);
  whole.add(limb(line, radii, look.bottom, { sides: 24, wrinkle: look.wrinkle * 1.6, random }));
  return whole;
}

/** An open cone whose hem falls in folds that deepen downwards. */
function skirt(random: Random, look: Look) {
  const hem = random.between(0.4, 1.3);
  const width = random.between(0.5, 1.1);
  const folds = random.integer(4, 10);
  const length = 2.4 - hem;
  const geometry = new THREE.CylinderGeometry(0.36 * look.girth, width, length, 48, 16, true);
  const position = geometry.attributes.position;
  for (let i = 0; i < position.count; i++) {
    const [x, y, z] = [position.getX(i), position.getY(i), position.getZ(i)];
    const down = 0.5 - y / length;
    const angle = Math.atan2(z, x);
    const bulge = 1 + 0.13 * down * Math.sin(angle * folds + 2 * down);
    position.setXYZ(i, x * bulge, y + 0.05 * down * Math.sin(angle * folds * 2), z * bulge * 0.8);
  }
  geometry.computeVertexNormals();
  look.top.side = THREE.DoubleSide;
  return at(mesh(geometry, look.top), 0, hem + length / 2, 0);
}

function shoulderBag(material: THREE.Material) {
  const strap = [
    [-0.35, 3.15, 0.1],
    [0, 2.6, 0.42],
    [0.5, 2, 0.3],
    [0.5, 2.1, -0.3],
    [0, 2.7, -0.42],
    [-0.35, 3.15, -0.1],
  ];
  const loop = tube(
    strap.map(([x, y, z]) => point(x, y, z)),
    0.04,
    material,
    60,
    true,
  );
  return group(loop, at(roundedBox(0.5, 0.45, 0.25, 0.08, material, 4), 0.6, 1.95, 0.1));
}

/** A furry animal on four legs, or sitting up. */
export function animal(random: Random, material: MakeMaterial) {
  const fur = material({ hair: true });
  const face = random.chance(0.5) ? fur : material({ hair: true });
  const length = random.between(0.6, 1.2);
  const girth = random.between(0.25, 0.45);
  const height = random.between(0.5, 1.3);
  const upright = random.chance(0.25);
  const head = upright
    ? point(0.1, height + length * 2.1, 0.1)
    : point(length * 1.35, height + random.between(0.4, 1.2), 0);
  const spine = upright
    ? [point(0, height * 0.4, 0), point(0, height + length * 0.8, 0.05), point(0.02, height + length * 1.6, 0)]
    : [point(-length, height, 0), point(0, height + random.between(-0.05, 0.12), 0), point(length, height + 0.05, 0)];
  const muzzle = head.clone();
  muzzle.add(upright ? point(0, -0.08, random.between(0.2, 0.4)) : point(random.between(0.2, 0.5), -0.08, 0));
  const whole = group(
    limb(spine, [girth * 0.85, girth, girth * 0.8], fur, { sides: 24, wrinkle: 0.03, random }),
    limb([spine[2], spine[2].clone().lerp(head, 0.6), head], [girth * 0.75, girth * 0.5, girth * 0.5], face),
    limb([head, muzzle], [girth * 0.55, girth * 0.28], face),
    tufts(random, face, head, girth * 0.5, random.between(0.1, 0.3), random.integer(30, 120)),
  );
  if (random.chance(0.85)) withFur(random, whole, fur);
  const eye = material();
  for (const side of [-1, 1]) {
    const ear = mesh(new THREE.ConeGeometry(0.09, random.between(0.12, 0.4), 10), face);
    ear.position.copy(head).add(upright ? point(side * 0.18, girth * 0.5, 0) : point(-0.05, girth * 0.55, side * 0.15));
    const ball = mesh(new THREE.SphereGeometry(0.04, 8, 8), eye);
    ball.position.copy(head).add(upright ? point(side * 0.12, 0.1, girth * 0.5) : point(0.22, 0.1, side * 0.15));
    whole.add(ear, ball);
    if (!upright)
      for (const end of [-1, 1]) whole.add(paw(random, fur, end * length * 0.85, height, side * girth * 0.5, girth));
  }
  if (!upright) {
    const tip = point(-length - 0.5, height + random.between(-0.6, 0.5), random.between(-0.3, 0.3));
    const tail = [spine[0], point(-length - 0.3, height + random.between(-0.3, 0.3), 0), tip];
    whole.add(tube(tail, random.between(0.03, 0.09), fur));
  }
  return whole;
}

function paw(random: Random, fur: THREE.Material, x: number, height: number, z: number, girth: number) {
  const knee = point(x + random.between(-0.15, 0.15), height * 0.5, z);
  const foot = point(x + random.between(-0.2, 0.2), 0.06, z);
  return limb([point(x, height, z), knee, foot], [girth * 0.4, girth * 0.22, girth * 0.17], fur);
}
