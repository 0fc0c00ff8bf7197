import type { CliConfig } from './config';
import type { Output } from './output';

/** What every command is given. */
export interface Context {
  config: CliConfig;
  output: Output;
  env: NodeJS.ProcessEnv;
  /** Ends with Ctrl-C. */
  signal: AbortSignal;
}
