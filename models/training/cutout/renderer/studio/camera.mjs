/** Points the camera at the product and chooses how much of the frame it fills. */
import * as THREE from 'three';

/** Returns { azimuth, cropped }. People and animals are mostly cut by the frame, as in photos. */
export function aimCamera(random, camera, box, { kind, living }, side) {
  const centre = box.getCenter(new THREE.Vector3());
  const size = box.getSize(new THREE.Vector3()).length();
  camera.fov = random.between(18, 50);
  const azimuth = random.between(-0.5, 0.5);
  const fromAbove = random.chance(0.1) ? random.between(0.9, 1.45) : random.between(0.02, 0.75);
  const elevation = living ? random.between(-0.05, 0.25) : fromAbove;
  const distance = (size * 0.6) / Math.tan((camera.fov * Math.PI) / 360) + size * 0.3;
  const across = Math.cos(elevation);
  camera.position
    .set(Math.sin(azimuth) * across, Math.sin(elevation), Math.cos(azimuth) * across)
    .multiplyScalar(distance)
    .add(centre);
  camera.position.y = Math.max(0.04, camera.position.y);
  camera.up.set(random.chance(0.15) ? random.between(-0.25, 0.25) : 0, 1, 0);
  camera.lookAt(centre);
  camera.clearViewOffset();
  camera.updateProjectionMatrix();
  camera.updateMatrixWorld(true);
  const cropped = random.chance({ person: 0.75, animal: 0.6 }[kind] ?? 0.1);
  frameProduct(random, camera, box, cropped, side);
  return { azimuth, cropped };
}

/** Narrows the view so that the product's projected box fills 0.6..1.2 of the frame, or more if cropped. */
function frameProduct(random, camera, box, cropped, side) {
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((i) =>
    new THREE.Vector3(
      i & 1 ? box.max.x : box.min.x,
      i & 2 ? box.max.y : box.min.y,
      i & 4 ? box.max.z : box.min.z,
    ).project(camera),
  );
  const [left, right] = [Math.min(...corners.map((c) => c.x)), Math.max(...corners.map((c) => c.x))];
  const [bottom, top] = [Math.min(...corners.map((c) => c.y)), Math.max(...corners.map((c) => c.y))];
  const [width, height] = [right - left, top - bottom];
  const span = Math.max(width, height) / (cropped ? random.between(1.2, 2.3) : random.between(0.6, 1.2));
  let [x, y] = [(left + right) / 2, (top + bottom) / 2];
  if (cropped) {
    const [slackX, slackY] = [Math.max(0, width - span * 0.6) / 2, Math.max(0, height - span * 0.7) / 2];
    x += random.between(-slackX, slackX);
    y += random.between(-slackY, slackY);
  } else {
    x += random.between(-0.3, 0.3) * Math.max(0, span - width);
    y += random.between(-0.3, 0.3) * Math.max(0, span - height);
  }
  const offsetX = ((x - span / 2 + 1) / 2) * side;
  const offsetY = ((1 - (y + span / 2)) / 2) * side;
  camera.setViewOffset(side, side, offsetX, offsetY, (span / 2) * side, (span / 2) * side);
  camera.updateProjectionMatrix();
}
