export { refineColour } from './colour-refine';
export { estimateForeground } from './foreground';
export { estimateNoise } from './noise';
export { createPlane, type Plane } from './plane';
export { createRaster, type Raster } from './raster';
export { toPlanes } from './resize';
export { applyGain, measureShadow, retinexGain } from './retinex';
