import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { imageLimits, limitsConfig, type Pipeline, pipelineSchema, resolvePipeline } from '@packshot/contracts';
import { createRunner, type Runner, type RunnerOptions } from '../runner';

/** Where the models of a measurement are; by default those of this repository, and of the store in the current folder. */
export interface Places {
  models?: string | undefined;
  store?: string | undefined;
}

/** What every measurement runs with: the CPU, all cores of this process, the limits a service starts with. */
export function benchOptions({ models, store }: Places = {}): RunnerOptions {
  return {
    modelsDir: models ?? resolve(__dirname, '../../../../models'),
    storeDir: resolve(store ?? '.packshot/models'),
    providers: ['cpu'],
    threads: availableParallelism(),
    limits: imageLimits(limitsConfig.parse({})),
  };
}

export function benchRunner(places?: Places): Promise<Runner> {
  return createRunner(benchOptions(places));
}

/** A pipeline as a client would write it. @throws ZodError */
export function parsePipeline(written: unknown): Pipeline {
  return resolvePipeline(pipelineSchema.parse(written));
}

/** Runs a program of this folder; what it throws is printed and makes it end with 1. */
export function runProgram(main: (argv: string[]) => Promise<void>): void {
  main(process.argv.slice(2)).catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
}
