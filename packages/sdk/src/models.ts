import type { ModelList } from '@packshot/contracts';
import type { CallOptions, Transport } from './transport';

export class Models {
  constructor(private readonly transport: Transport) {}

  /** Every model that a living worker knows, with where it is loaded; `as_of` is null when no worker lives that could say. */
  list({ signal }: CallOptions = {}): Promise<ModelList> {
    return this.transport.json('/models', { signal });
  }
}
