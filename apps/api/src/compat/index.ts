import type { Route } from '../http/route';
import { clickCutOut } from './click-cut-out';
import { deblur } from './deblur';
import { fourStage } from './four-stage';
import { batchRemoveBackground, removeBackground, taskStatus } from './rmbg';
import { welcome } from './welcome';

/** Endpoints that stand in for those of other services, over the same jobs. */
export const FACADES: readonly Route[] = [
  fourStage,
  removeBackground,
  batchRemoveBackground,
  taskStatus,
  deblur,
  clickCutOut,
  welcome,
];
