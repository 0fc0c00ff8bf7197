import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, InferenceSession, listSupportedBackends, type Tensor as OrtTensor } from 'onnxruntime-node';
import { fromOrt, toOrt } from './convert-tensor';
import { type Placement, readPlacement } from './placement';
import { sessionProviders } from './providers';
import type { Graph, Port, Tensors } from './session';

/** The sessions of the inference thread, by name. Only that thread imports this file: `run` blocks its caller. */
const sessions = new Map<string, InferenceSession>();

/** The profile of each session that is still profiled: an open file without a name, which a kill leaves nowhere. */
const profiles = new Map<string, number>();

export interface LoadOptions {
  /** In order of preference. */
  providers: readonly string[];
  threads: number;
  /** Where its nodes run is written down until `endProfile`. */
  profile: boolean;
}

/**
 * Loads a file once, on the first provider of the list that takes it. ONNX Runtime throws for a provider whose library
 * is missing, but not for nodes that a provider leaves to the CPU: only a profile tells those.
 */
export async function loadSession(name: string, path: string, options: LoadOptions): Promise<Graph> {
  const failures: string[] = [];
  for (const provider of options.providers) {
    const folder = options.profile ? mkdtempSync(join(tmpdir(), 'packshot-profile-')) : null;
    try {
      const session = await InferenceSession.create(path, {
        executionProviders: sessionProviders(provider),
        graphOptimizationLevel: 'all',
        executionMode: 'sequential',
        intraOpNumThreads: options.threads,
        interOpNumThreads: 1,
        // Patterns are kept per shape, and tiles come in several: measured on the compact denoiser over six shapes, 260 MB
        // with the arena alone, 360 MB with patterns as well, 460 MB with neither, at the same CPU time. BiRefNet-lite at 1024:
        // 2.5 GB and 14 s of CPU time with the arena, 2.6 GB and 16 to 21 s without.
        enableCpuMemArena: true,
        enableMemPattern: false,
        logSeverityLevel: 3,
        ...(folder !== null && { enableProfiling: true, profileFilePrefix: join(folder, 'run') }),
      });
      sessions.set(name, session);
      if (folder !== null) profiles.set(name, openOnly(folder));
      return {
        provider,
        runtime: env.versions.node ?? env.versions.common,
        inputs: session.inputMetadata.map(toPort),
        outputs: session.outputMetadata.map(toPort),
      };
    } catch (error) {
      failures.push(`${provider}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      if (folder !== null) rmSync(folder, { recursive: true });
    }
  }
  const known = listSupportedBackends().map((backend) => backend.name);
  throw new Error(`${path} does not load (${failures.join('; ')}); providers of this build: ${known.join(', ')}`);
}

/** Where the nodes of a profiled session have run so far. It is not profiled any further. */
export function endProfile(name: string): Placement {
  const profile = profiles.get(name);
  if (profile === undefined) throw new Error(`${name} is not profiled`);
  profiles.delete(name);
  try {
    sessionOf(name).endProfiling();
    return readPlacement(readFileSync(profile, 'utf8'));
  } finally {
    closeSync(profile);
  }
}

/** The one file of a folder. */
function openOnly(folder: string): number {
  const [name = ''] = readdirSync(folder);
  return openSync(join(folder, name), 'r');
}

/** @throws what ONNX Runtime throws; the session must be loaded */
export async function runSession(name: string, inputs: Tensors, names: readonly string[]): Promise<Tensors> {
  const session = sessionOf(name);
  const feeds: Record<string, OrtTensor> = {};
  for (const [input, { data, dims }] of Object.entries(inputs))
    feeds[input] = toOrt(typeOf(session, input), data, dims);
  const results = await session.run(feeds, names);
  const outputs: Tensors = {};
  for (const [output, result] of Object.entries(results)) {
    outputs[output] = { data: fromOrt(result), dims: result.dims };
  }
  return outputs;
}

function sessionOf(name: string): InferenceSession {
  const session = sessions.get(name);
  if (session === undefined) throw new Error(`${name} is not loaded`);
  return session;
}

function typeOf(session: InferenceSession, name: string): string {
  const port = session.inputMetadata.find((candidate) => candidate.name === name);
  return port?.isTensor ? port.type : 'not a tensor';
}

export async function releaseSessions(): Promise<void> {
  for (const session of sessions.values()) await session.release();
  sessions.clear();
  for (const profile of profiles.values()) closeSync(profile);
  profiles.clear();
}

function toPort(value: InferenceSession.ValueMetadata): Port {
  return value.isTensor
    ? { name: value.name, type: value.type, dims: value.shape }
    : { name: value.name, type: 'not a tensor', dims: [] };
}
