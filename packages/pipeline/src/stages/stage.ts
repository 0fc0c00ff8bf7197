import type { ImageLimits, Pipeline, StageName } from '@packshot/contracts';
import type { Network } from '../models/network';
import type { ModelTask } from '../models/record';
import type { Pace, Plane, Raster } from '../pixels';
import type { ColourPlanes } from '../pixels/plane';
import type { Embeddings } from '../prompt/embedding-cache';

/**
 * The picture on its way: colour, and an alpha of width * height bytes where there is transparency. One object holds it
 * from decoding to encoding and stages replace its parts, so that nothing else keeps 300 MB of an older state alive.
 */
export interface Picture {
  colour: Raster;
  alpha: Uint8Array | null;
  /** The photo before its shadows were lifted, at 2048 pixels or less; kept where a cut-out follows, which looks at it. */
  unlifted?: Raster;
  /** Where shadows lie that a cut-out is to take along, 0..1 at a working size. */
  keptShadow?: Plane;
  /** The photo before its background was cut away, small; kept where that background is to be blurred. */
  backdrop?: ColourPlanes;
  /** Once the product stands on a canvas: where it shows, width * height bytes. */
  matte?: Uint8Array;
  /** What a next prompt takes back as the mask of this answer, from models that take one. */
  promptMask?: string;
}

export interface StageContext {
  /** The model the pipeline names for this stage, or the default one. */
  network(): Promise<Network>;
  /** Another model that the stage needs: the one named, or the task's default. */
  networkFor(task: ModelTask, id: string | undefined): Promise<Network>;
  /** What encoders made of photos, to be read by every prompt on them. */
  embeddings: Embeddings;
  limits: ImageLimits;
  /** The file with the image to stand before, where the pipeline names one. */
  backgroundPath: string | undefined;
  signal: AbortSignal;
  /** 0..1 of this stage. */
  progress(fraction: number): void;
  /** Said to the client: what was clamped, or done otherwise than asked. */
  note(text: string): void;
  /** How sure the stage is of what it did, 0..1; told to the client. */
  sure(confidence: number): void;
  /** Written to the record of the result, `result.json`, under this name: for what is too long for a note. */
  keep(name: string, value: unknown): void;
}

export type Parameters<N extends StageName> = Exclude<Pipeline[N], false>;

/** One step of the pipeline. The runner, not the stage, checks for abort between stages and measures time. */
export interface Stage<N extends StageName> {
  readonly name: N;
  /** Under `auto` the stage is skipped where no model for it is installed. */
  readonly optional?: true;
  /** Why the picture does not need this stage, with the figure it was judged by; null when it does. Asked under `auto`. */
  needless(
    picture: Picture,
    parameters: Parameters<N>,
    pace: Pace,
    network: StageContext['network'],
  ): string | null | Promise<string | null>;
  /** Changes the picture. */
  run(picture: Picture, parameters: Parameters<N>, context: StageContext): Promise<void>;
}
