/** An environment, a key light with a shadow, and a fill light. */
import * as THREE from 'three';
import type { Random } from './random.js';
import type { Studio } from './studio.js';

const TONE_MAPPINGS = [
  THREE.ACESFilmicToneMapping,
  THREE.ACESFilmicToneMapping,
  THREE.NeutralToneMapping,
  THREE.AgXToneMapping,
];

export function createLights(scene: THREE.Scene) {
  const key = new THREE.DirectionalLight(0xffffff, 2);
  key.castShadow = true;
  key.shadow.mapSize.set(512, 512);
  key.shadow.camera.near = 0.1;
  key.shadow.camera.far = 14;
  key.shadow.bias = -0.0008;
  key.shadow.normalBias = 0.02;
  const fill = new THREE.DirectionalLight(0xffffff, 0.5);
  scene.add(key, key.target, fill);
  return { key, fill };
}

/** Sets environment, tone mapping, and the lights' place, strength, warmth and softness. */
export function setLight(random: Random, { scene, renderer, lights, library }: Studio, box: THREE.Box3) {
  scene.environment = random.pick(library.environments);
  scene.environmentRotation.set(0, random.between(0, 2 * Math.PI), 0);
  scene.environmentIntensity = Math.exp(random.between(-1.1, 0.5));
  renderer.toneMapping = random.pick(TONE_MAPPINGS);
  renderer.toneMappingExposure = Math.exp(random.between(-0.4, 0.5));

  const { key, fill } = lights;
  const centre = box.getCenter(new THREE.Vector3());
  const angle = random.between(0, 2 * Math.PI);
  const height = random.between(0.35, 1.4);
  key.position
    .set(Math.cos(angle) * Math.cos(height), Math.sin(height), Math.sin(angle) * Math.cos(height))
    .multiplyScalar(5)
    .add(centre);
  key.target.position.copy(centre);
  key.intensity = random.chance(0.15) ? 0.2 : Math.exp(random.between(-0.5, 1.3));
  const warmth = random.between(-1, 1);
  if (warmth < 0) key.color.setRGB(1 + 0.2 * warmth, 1 + 0.08 * warmth, 1);
  else key.color.setRGB(1, 1 - 0.12 * warmth, 1 - 0.25 * warmth);
  key.shadow.radius = random.between(1, 9);
  const reach = box.getSize(new THREE.Vector3()).length() * 0.75 + 0.4;
  Object.assign(key.shadow.camera, { left: -reach, right: reach, top: reach, bottom: -reach });
  key.shadow.camera.updateProjectionMatrix();
  fill.position.set(random.between(-3, 3), random.between(0.5, 3), random.between(1, 4));
  fill.intensity = random.between(0, 0.8);
}
