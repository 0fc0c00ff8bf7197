import { AppError } from '@packshot/contracts';
import {
  bindGraph,
  createInference,
  findWeights,
  type GraphContract,
  type Inference,
  type ModelRecord,
  usedProviders,
} from '@packshot/pipeline';
import type { Context } from '../context';
import { blankInputs } from './blank-inputs';
import { findRecord } from './records';

interface GraphBench {
  graph: string;
  provider: string;
  runtime: string;
  loadSeconds: number;
  inputs: string[];
  /** Of the first run, which allocates, and of those after it. */
  firstSeconds: number;
  seconds: number;
  megapixelsPerSecond: number;
}

/** Runs a model's graphs alone: what they cost without decoding, tiles or refinement. */
export async function benchModel(
  { config, output }: Context,
  id: string,
  options: { size?: string; runs: string },
): Promise<void> {
  const record = await findRecord(config, id);
  const runs = Number(options.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new AppError('invalid_request', '--runs is a number from 1 on.');
  const side = parseSize(options.size);
  const places = { modelsDir: config.MODELS_DIR, storeDir: config.MODELS_STORE };
  const weights = await findWeights(places, record);
  const inference = createInference({ providers: config.PROVIDERS, threads: config.THREADS });
  const graphs: GraphBench[] = [];
  try {
    for (const [role, contract] of Object.entries(record.graphs) as [keyof typeof weights, GraphContract][]) {
      graphs.push(await benchGraph(inference, record, role, contract, weights[role]?.path ?? '', side, runs));
    }
  } finally {
    await inference.close();
  }
  const peakMemoryMb = Math.round(process.resourceUsage().maxRSS / 1024);
  const { THREADS: threads } = config;
  const lines = graphs.map(
    ({ graph, provider, inputs, seconds, firstSeconds, loadSeconds, megapixelsPerSecond }) =>
      `${id} ${graph} on ${provider}: ${seconds.toFixed(3)} s a run of ${inputs.join(', ')} ` +
      `(${megapixelsPerSecond.toFixed(2)} MP/s; first run ${firstSeconds.toFixed(3)} s, loading ${loadSeconds.toFixed(1)} s)`,
  );
  output.result(
    { model: id, threads, peak_memory_mb: peakMemoryMb, graphs: graphs.map(toJson) },
    [...lines, `peak memory of the process ${peakMemoryMb} MB, ${threads} threads`].join('\n'),
  );
}

async function benchGraph(
  inference: Inference,
  record: ModelRecord,
  role: string,
  contract: GraphContract,
  path: string,
  side: { width: number; height: number } | null,
  runs: number,
): Promise<GraphBench> {
  const started = performance.now();
  const name = `${record.id}/${role}`;
  const { graph, session } = await inference.load(name, path, { profile: true });
  const loadSeconds = (performance.now() - started) / 1000;
  const bound = bindGraph(record, contract, graph, session);
  const seconds: number[] = [];
  let provider = '';
  let shapes: (readonly number[])[] = [];
  for (let run = 0; run <= runs; run++) {
    const tensors = blankInputs(record, bound.contract, graph, side);
    shapes = tensors.map(({ dims }) => dims);
    const feeds = Object.fromEntries(tensors.map((tensor, i) => [bound.inputs[i] ?? '', tensor]));
    const began = performance.now();
    await session.run(feeds, bound.outputs);
    seconds.push((performance.now() - began) / 1000);
    // A provider may take a file and leave its nodes to the CPU: what counts is where they ran.
    if (run === 0) provider = usedProviders([await inference.placement(name)]).join('+');
  }
  const [firstSeconds = 0, ...rest] = seconds;
  const median = rest.sort((a, b) => a - b)[Math.floor(rest.length / 2)] ?? 0;
  const [, , height = 0, width = 0] = shapes[0] ?? [];
  return {
    graph: role,
    provider,
    runtime: graph.runtime,
    loadSeconds,
    inputs: shapes.map((dims) => `[${dims.join(', ')}]`),
    firstSeconds,
    seconds: median,
    megapixelsPerSecond: (width * height) / 1e6 / median,
  };
}

function parseSize(text: string | undefined): { width: number; height: number } | null {
  if (text === undefined) return null;
  const match = /^(\d{1,5})(?:x(\d{1,5}))?$/.exec(text);
  const width = Number(match?.[1]);
  const height = Number(match?.[2] ?? match?.[1]);
  if (!(width > 0 && height > 0))
    throw new AppError('invalid_request', '--size is a side, or WIDTHxHEIGHT, in pixels.');
  return { width, height };
}

function toJson(bench: GraphBench) {
  return {
    graph: bench.graph,
    provider: bench.provider,
    onnxruntime: bench.runtime,
    load_seconds: bench.loadSeconds,
    inputs: bench.inputs,
    first_seconds: bench.firstSeconds,
    seconds: bench.seconds,
    megapixels_per_second: bench.megapixelsPerSecond,
  };
}
