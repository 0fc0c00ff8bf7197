import type { BesideFile, Box, FileFacts, LintReport, StageReport } from '@packshot/contracts';

/** What the file turned out to hold. Width and height are as shown, that is after orientation. */
export interface RunInput {
  content_type: string;
  width: number;
  height: number;
  bytes: number;
  sha256: string;
  /** EXIF orientation, 1..8; 1 when there is none. */
  orientation: number;
  /** The embedded profile's own name, e.g. `Display P3`; null without a profile. */
  icc: string | null;
  has_alpha: boolean;
  /** Bits a channel in the file. */
  bits: number;
}

export type RunFile = FileFacts & { path: string };

/** One finished item, as `Runner.run` answers it. `notes` tell what was done otherwise than a reader would assume. */
export interface RunReport {
  input: RunInput;
  result: RunFile;
  mask: RunFile | null;
  also: Partial<Record<BesideFile, RunFile>>;
  /** Where the product lies in the result. */
  subject: Box | null;
  lint: LintReport[];
  stages: StageReport[];
  timings_ms: { decode: number; infer: number; encode: number };
  notes: string[];
  /** The word SANDBOX is drawn over the result. */
  watermark: boolean;
  models: { id: string; sha256: string }[];
}
