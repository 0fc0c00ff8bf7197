import { AsyncLocalStorage } from 'node:async_hooks';

/** `request_id`, `trace_id`, ids of jobs and items: what every line about one piece of work has in common. */
export type LogFields = Readonly<Record<string, string | number | undefined>>;

const fields = new AsyncLocalStorage<LogFields>();

/** Every line logged while `work` goes on, however deep, has these fields, beside those of the work it is part of. */
export function withLogFields<T>(more: LogFields, work: () => T): T {
  return fields.run({ ...fields.getStore(), ...more }, work);
}

export function currentLogFields(): LogFields | undefined {
  return fields.getStore();
}
