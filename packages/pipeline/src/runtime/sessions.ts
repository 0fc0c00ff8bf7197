import { env, InferenceSession, listSupportedBackends, type Tensor as OrtTensor } from 'onnxruntime-node';
import { fromOrt, toOrt } from './convert-tensor';
import type { Graph, Port, Tensors } from './session';

/** The sessions of the inference thread, by model id. Only that thread imports this file: `run` blocks its caller. */
const sessions = new Map<string, InferenceSession>();

/**
 * Loads a file once, on the first provider of the list that takes it. ONNX Runtime throws for a provider whose library
 * is missing, so the one reported is the one in use; asking for one provider alone makes its absence an error.
 */
export async function loadSession(
  model: string,
  path: string,
  providers: readonly string[],
  threads: number,
): Promise<Graph> {
  const failures: string[] = [];
  for (const provider of providers) {
    try {
      const session = await InferenceSession.create(path, {
        executionProviders: [provider],
        graphOptimizationLevel: 'all',
        executionMode: 'sequential',
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        // Patterns are kept per shape, and tiles come in several: measured on the compact denoiser over six shapes, 260 MB
        // with the arena alone, 360 MB with patterns as well, 460 MB with neither, at the same CPU time.
        enableCpuMemArena: true,
        enableMemPattern: false,
        logSeverityLevel: 3,
      });
      sessions.set(model, session);
      return {
        provider,
        runtime: env.versions.node ?? env.versions.common,
        inputs: session.inputMetadata.map(toPort),
        outputs: session.outputMetadata.map(toPort),
      };
    } catch (error) {
      failures.push(`${provider}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const known = listSupportedBackends().map((backend) => backend.name);
  throw new Error(`${path} does not load (${failures.join('; ')}); providers of this build: ${known.join(', ')}`);
}

/** @throws what ONNX Runtime throws; the model must be loaded */
export async function runSession(model: string, inputs: Tensors, names: readonly string[]): Promise<Tensors> {
  const session = sessions.get(model);
  if (session === undefined) throw new Error(`${model} is not loaded`);
  const feeds: Record<string, OrtTensor> = {};
  for (const [name, { data, dims }] of Object.entries(inputs)) feeds[name] = toOrt(typeOf(session, name), data, dims);
  const results = await session.run(feeds, names);
  const outputs: Tensors = {};
  for (const [name, result] of Object.entries(results)) {
    outputs[name] = { data: fromOrt(result), dims: result.dims };
  }
  return outputs;
}

function typeOf(session: InferenceSession, name: string): string {
  const port = session.inputMetadata.find((candidate) => candidate.name === name);
  return port?.isTensor ? port.type : 'not a tensor';
}

export async function releaseSessions(): Promise<void> {
  for (const session of sessions.values()) await session.release();
  sessions.clear();
}

function toPort(value: InferenceSession.ValueMetadata): Port {
  return value.isTensor
    ? { name: value.name, type: value.type, dims: value.shape }
    : { name: value.name, type: 'not a tensor', dims: [] };
}
