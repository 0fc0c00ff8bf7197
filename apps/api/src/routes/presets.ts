import {
  PRESET_NOTES,
  PRESET_TEXTS,
  PRESETS,
  type PresetName,
  pipelineSchema,
  resolvedPipelineSchema,
  resolvePipeline,
} from '@packshot/contracts';
import { z } from 'zod';
import type { Route } from '../http/route';

const presetSchema = z
  .object({
    name: z.string(),
    description: z.string(),
    note: z.string().nullable().describe('what its users have to know'),
    pipeline: resolvedPipelineSchema,
  })
  .meta({ id: 'Preset', description: 'A named pipeline.' });

const listed = Object.entries(PRESETS).map(([name, pipeline]) => ({
  name,
  description: PRESET_TEXTS[name as PresetName],
  note: PRESET_NOTES[name as PresetName] ?? null,
  pipeline: resolvePipeline(pipelineSchema.parse(pipeline)),
}));

export const presets: Route = {
  method: 'GET',
  path: '/presets',
  operationId: 'listPresets',
  tag: 'service',
  summary: 'Named pipelines, to be asked for with `preset`',
  scope: null,
  answers: {
    200: {
      description: 'All of them, every parameter filled in',
      schema: z.object({ presets: z.array(presetSchema) }),
    },
  },
  errors: [],
  handler: () => (_request, response) => {
    response.set('Cache-Control', 'no-cache').json({ presets: listed });
  },
};
