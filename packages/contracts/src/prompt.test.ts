import { pipelineSchema, resolvePipeline } from './operations';

const former = (bytes: number) => Buffer.alloc(bytes, 7).toString('base64');

describe('a prompt', () => {
  const accepts = (prompt: unknown) => pipelineSchema.safeParse({ background: { prompt } }).success;

  it('is filled in: the best of three masks, an edge one logit wide', () => {
    const { background } = resolvePipeline(pipelineSchema.parse({ background: { prompt: { points: [[3, 4, 1]] } } }));
    expect(background).toMatchObject({
      prompt: { points: [[3, 4, 1]], boxes: [], best_of: 3, softness: 1 },
    });
  });

  it.each<[string, unknown]>([
    [
      'points that belong and points that do not',
      {
        points: [
          [0, 0, 1],
          [9.5, 2, 0],
        ],
      },
    ],
    [
      'several boxes',
      {
        boxes: [
          [0, 0, 5, 5],
          [7, 7, 9, 9],
        ],
      },
    ],
    ['points with one box', { points: [[1, 1, 1]], boxes: [[0, 0, 5, 5]] }],
    ['a former mask of 8 bits', { mask: former(65_536) }],
    ['a former mask of 16 bits, with a point', { mask: former(131_072), points: [[1, 1, 0]] }],
  ])('may have %s', (_, prompt) => {
    expect(accepts(prompt)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['nothing', {}],
    ['a point without a label', { points: [[1, 1]] }],
    ['a label of its own', { points: [[1, 1, 2]] }],
    ['a point left of the image', { points: [[-1, 1, 1]] }],
    ['a box without an area', { boxes: [[5, 5, 5, 9]] }],
    ['a box from right to left', { boxes: [[9, 5, 5, 9]] }],
    [
      'points with several boxes, which leave open whose they are',
      {
        points: [[1, 1, 1]],
        boxes: [
          [0, 0, 5, 5],
          [7, 7, 9, 9],
        ],
      },
    ],
    [
      'a mask for several boxes',
      {
        mask: former(65_536),
        boxes: [
          [0, 0, 5, 5],
          [7, 7, 9, 9],
        ],
      },
    ],
    ['a mask of another size', { mask: former(65_535) }],
    ['a mask that is no base64', { mask: '%%%' }],
    ['the best of four', { points: [[1, 1, 1]], best_of: 4 }],
    ['more points than anybody clicks', { points: Array.from({ length: 65 }, () => [1, 1, 1]) }],
  ])('is refused with %s', (_, prompt) => {
    expect(accepts(prompt)).toBe(false);
  });
});

describe('the shadow of a pipeline', () => {
  const accepts = (shadow: unknown) => pipelineSchema.safeParse({ shadow }).success;

  it.each<[string, unknown]>([
    ['a model that finds it', { engine: 'model' }],
    ['a model that is shown it', { engine: 'model', model: 'any', mask: { points: [[1, 1, 1]] } }],
    ['a mask of what is to be kept', { mode: 'keep', mask: { boxes: [[1, 1, 5, 5]] } }],
  ])('may name %s', (_, shadow) => {
    expect(accepts(shadow)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['a model of an engine that has none', { model: 'any' }],
    ['a mask for an engine that finds shadows by itself', { mask: 'auto' }],
    ['a mask that points at nothing', { engine: 'model', mask: { points: [] } }],
  ])('is refused with %s', (_, shadow) => {
    expect(accepts(shadow)).toBe(false);
  });
});
