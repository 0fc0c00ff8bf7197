import type { Placement } from './placement';

/** A dense float32 tensor. Handing one to `Session.run` gives its buffer away. */
export interface Tensor {
  data: Float32Array<ArrayBuffer>;
  dims: readonly number[];
}

export type Tensors = Record<string, Tensor>;

/** A loaded graph. Runs are answered in the order they were asked for. */
export interface Session {
  /**
   * Values are converted to and from the types of the graph. Of its outputs only those named are fetched.
   * @throws out_of_memory (retryable with less), internal_error
   */
  run(inputs: Tensors, outputs: readonly string[]): Promise<Tensors>;
}

/** A name, and a dimension per axis; a string stands for one that is free. */
export interface Port {
  name: string;
  type: string;
  dims: readonly (number | string)[];
}

/** What the runtime found in a loaded file. */
export interface Graph {
  /** The execution provider that took the file; where its nodes run, only `Inference.placement` tells. */
  provider: string;
  /** The version of ONNX Runtime. */
  runtime: string;
  inputs: readonly Port[];
  outputs: readonly Port[];
}

export type Request =
  | {
      kind: 'load';
      call: number;
      name: string;
      path: string;
      providers: readonly string[];
      threads: number;
      profile: boolean;
    }
  | { kind: 'run'; call: number; name: string; inputs: Tensors; outputs: readonly string[] }
  | { kind: 'end profile'; call: number; name: string }
  | { kind: 'close' };

export type Reply =
  | { kind: 'loaded'; call: number; graph: Graph }
  | { kind: 'ran'; call: number; outputs: Tensors }
  | { kind: 'placed'; call: number; placement: Placement }
  | { kind: 'failed'; call: number; code: 'out_of_memory' | 'backend_unavailable' | 'internal_error'; detail: string };
