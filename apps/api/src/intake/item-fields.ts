import { AppError, type ItemError, overridePipeline, type Pipeline, type PipelineOverrides } from '@packshot/contracts';
import type { z } from 'zod';
import { parse } from '../http/field-errors';

/**
 * One entry of `items`, checked by itself: what is wrong with it becomes that item's error (`invalid_item`) and sinks no
 * other. Its `custom_id` is kept all the same where it is one.
 */
export function parseItem<T extends z.ZodType>(
  schema: T,
  value: unknown,
  index: number,
): { fields: z.infer<T> } | { fault: ItemError; customId: string | null } {
  try {
    return { fields: parse(schema, value, ['items', index]) };
  } catch (thrown) {
    const { errors = [] } = AppError.from(thrown);
    const details = errors.slice(0, 5).map(({ pointer, detail }) => `${pointer}: ${detail}`);
    const customId = (value as { custom_id?: unknown } | null)?.custom_id;
    return {
      fault: new AppError('invalid_item', details.join('; ') || undefined).toItemError(),
      customId: typeof customId === 'string' && customId !== '' && customId.length <= 255 ? customId : null,
    };
  }
}

/** The item's own pipeline, complete; null when it has none. */
export function ownPipeline(pipeline: Pipeline, overrides: PipelineOverrides | undefined): Pipeline | null {
  return overrides === undefined ? null : overridePipeline(pipeline, overrides);
}
