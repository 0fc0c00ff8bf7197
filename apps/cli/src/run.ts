import { AppError } from '@packshot/contracts';
import { PackshotError } from '@packshot/sdk';
import { ConfigError } from '@packshot/service';
import { CommanderError } from 'commander';
import { readConfig } from './config';
import { EXIT, exitCodeOf, IncompleteError } from './exit-codes';
import { createOutput, type Stream } from './output';
import { createProgram } from './program';

export interface Surroundings {
  env: NodeJS.ProcessEnv;
  stdout: Stream;
  stderr: Stream;
  signal: AbortSignal;
}

/** Runs one command line, without the program's own name, to its exit code. Says everything there is to say; throws nothing. */
export async function run(args: readonly string[], { env, stdout, stderr, signal }: Surroundings): Promise<number> {
  const output = createOutput(args.includes('--json'), stdout, stderr);
  const program = createProgram(() => ({ config: readConfig(env), output, env, signal }), {
    writeOut: (text) => void stdout.write(text),
    writeErr: (text) => void stderr.write(text),
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    // Commander has said what is wrong already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (signal.aborted) {
      output.note('Interrupted. What has come is kept; the same command goes on with it.');
      return EXIT.interrupted;
    }
    if (error instanceof ConfigError) {
      output.note(error.message);
      return EXIT.usage;
    }
    // Standard output is for the answer, which a command may have given before it failed.
    const { message, ...rest } = describe(error);
    output.note(output.json ? JSON.stringify({ error: { ...rest, message } }) : `packshot: ${message}`);
    return exitCodeOf(error);
  }
}

function describe(error: unknown): { code: string; message: string; request_id?: string } {
  if (error instanceof AppError) return { code: error.code, message: error.message };
  if (error instanceof IncompleteError) return { code: 'incomplete', message: error.message };
  if (!(error instanceof PackshotError)) {
    return { code: 'internal_error', message: String(error instanceof Error ? error.stack : error) };
  }
  const { code, requestId, errors } = error;
  const message = [`${code}: ${error.message}`, ...errors.map(({ pointer, detail }) => `  ${pointer}: ${detail}`)];
  return { code, message: message.join('\n'), ...(requestId !== null && { request_id: requestId }) };
}
