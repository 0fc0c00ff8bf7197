import type { ItemView } from '@packshot/contracts';
import { viewsOf } from './views';

const file = {} as NonNullable<ItemView['result']>;
const ran = (name: ItemView['stages'][number]['name']) => ({ name }) as ItemView['stages'][number];

test('each stage is compared with what it began with, in the order in which they ran', () => {
  const views = viewsOf({
    also: { after_background: file, after_denoise: file, mask: file },
    stages: [ran('denoise'), ran('shadow'), ran('background')],
  });
  expect(views.map(({ name, madeOf }) => [name, madeOf?.name ?? 'photo'])).toEqual([
    ['result', 'photo'],
    ['after_denoise', 'photo'],
    ['after_background', 'after_denoise'],
    ['mask', 'photo'],
  ]);
});
