import { AppError } from '@packshot/contracts';
import type { ObjectStore } from './object-store';

/** What is timed: single requests, `get` until its first byte. */
const MEASURED = ['put', 'get', 'head', 'delete', 'deletePrefix', 'check'] as const;
type Operation = (typeof MEASURED)[number];

/** `failed`: the store was at fault; an object that is not there, or a source that broke off, is no fault of it. */
export type ObserveStore = (operation: Operation, seconds: number, failed: boolean) => void;

/** The same store, each of whose operations is reported when it is over. */
export function measureStore(store: ObjectStore, observe: ObserveStore): ObjectStore {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      const operation = MEASURED.find((measured) => measured === name);
      if (operation === undefined) return member.bind(target);
      return async (...args: unknown[]) => {
        const begun = performance.now();
        const report = (failed: boolean) => observe(operation, (performance.now() - begun) / 1000, failed);
        try {
          const result: unknown = await member.apply(target, args);
          report(false);
          return result;
        } catch (error) {
          report(error instanceof AppError && error.code === 'storage_error');
          throw error;
        }
      };
    },
  });
}
