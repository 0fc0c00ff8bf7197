import type { Route } from '../http/route';
import { clickCutOut } from './click-cut-out';
import { deblur } from './deblur';
import { fourStage } from './four-stage';
import { removeBg, removeBgAccount } from './remove-bg';
import { batchRemoveBackground, removeBackground, taskStatus } from './rmbg';
import { runPod } from './runpod';
import { welcome } from './welcome';

/** Endpoints that stand in for those of other services, over the same jobs. */
export const FACADES: readonly Route[] = [
  removeBg,
  removeBgAccount,
  fourStage,
  removeBackground,
  batchRemoveBackground,
  taskStatus,
  deblur,
  clickCutOut,
  ...runPod,
  welcome,
];
