import { pipelineSchema, resolvePipeline } from '@packshot/contracts';
import { layOut } from './layout';

const frame = { width: 400, height: 300 };
const subject = { left: 100, top: 50, width: 200, height: 100 };

function lay(compose: object) {
  const asked = resolvePipeline(pipelineSchema.parse({ compose })).compose;
  if (asked === false) throw new Error('compose is off');
  const { canvas, source, placed } = layOut(frame, subject, asked);
  return {
    canvas: [canvas.width, canvas.height],
    source: [source.left, source.top, source.width, source.height],
    placed: [placed.left, placed.top, placed.width, placed.height],
  };
}

const WHOLE = [0, 0, 400, 300];
const PRODUCT = [100, 50, 200, 100];

describe('without a canvas of given size', () => {
  it.each([
    ['the frame stays as it is', {}, [400, 300], WHOLE, WHOLE],
    ['margins go around the frame', { margin: 10 }, [420, 320], WHOLE, [10, 10, 400, 300]],
    ['shares are of what is placed', { margin: { top: '10%', left: '5%' } }, [420, 330], WHOLE, [20, 30, 400, 300]],
    ['a crop leaves the product', { crop: true }, [200, 100], PRODUCT, [0, 0, 200, 100]],
    ['and margins around it', { crop: true, margin: '10%' }, [240, 120], PRODUCT, [20, 10, 200, 100]],
    [
      'an aspect widens what is too tall',
      { crop: true, canvas: { aspect: '4:1' } },
      [400, 100],
      PRODUCT,
      [100, 0, 200, 100],
    ],
    [
      'or heightens what is too wide',
      { crop: true, canvas: { aspect: '1:1' } },
      [200, 200],
      PRODUCT,
      [0, 50, 200, 100],
    ],
    ['a widened frame stays in the middle', { canvas: { aspect: '2:1' } }, [600, 300], WHOLE, [100, 0, 400, 300]],
    ['a scale leaves the product where it was', { scale: 0.25 }, [400, 300], PRODUCT, [150, 75, 100, 50]],
    ['unless a position moves it', { scale: 0.25, position: { x: 1, y: 0 } }, [400, 300], PRODUCT, [300, 0, 100, 50]],
    ['what would leave the canvas is kept on it', { scale: 1 }, [400, 300], PRODUCT, [0, 0, 400, 200]],
    ['a position alone does not scale', { position: { x: 0.5, y: 1 } }, [400, 300], PRODUCT, [100, 200, 200, 100]],
    ['a crop that is scaled leaves room around it', { crop: true, scale: 0.5 }, [200, 100], PRODUCT, [50, 25, 100, 50]],
  ] as const)('%s: %j', (_, compose, canvas, source, placed) => {
    expect(lay(compose)).toEqual({ canvas, source, placed });
  });
});

describe('on a canvas of given size', () => {
  it.each([
    [
      'the frame fills it by its tighter side',
      { canvas: { width: 800, height: 800 } },
      [800, 800],
      WHOLE,
      [0, 100, 800, 600],
    ],
    [
      'the product does when cropped',
      { crop: true, canvas: { width: 800, height: 800 } },
      [800, 800],
      PRODUCT,
      [0, 200, 800, 400],
    ],
    [
      'within margins of its share',
      { crop: true, margin: '10%', canvas: { width: 800, height: 800 } },
      [800, 800],
      PRODUCT,
      [80, 240, 640, 320],
    ],
    [
      'by a part of the room',
      { crop: true, scale: 0.5, canvas: { width: 800, height: 800 } },
      [800, 800],
      PRODUCT,
      [200, 300, 400, 200],
    ],
    [
      'standing on its floor',
      { crop: true, scale: 0.5, position: { x: 0.5, y: 1 }, canvas: { width: 800, height: 800 } },
      [800, 800],
      PRODUCT,
      [200, 600, 400, 200],
    ],
    [
      'in its own size',
      { crop: true, scale: 'original', canvas: { width: 800, height: 800 } },
      [800, 800],
      PRODUCT,
      [300, 350, 200, 100],
    ],
    [
      'where it was in the frame',
      { scale: 0.25, position: 'original', canvas: { width: 800, height: 600 } },
      [800, 600],
      PRODUCT,
      [300, 150, 200, 100],
    ],
    [
      'cut off where it is too large',
      { crop: true, scale: 'original', canvas: { width: 100, height: 100 } },
      [100, 100],
      PRODUCT,
      [-50, 0, 200, 100],
    ],
    [
      'whose height follows',
      { crop: true, margin: 10, canvas: { width: 420 } },
      [420, 220],
      PRODUCT,
      [10, 10, 400, 200],
    ],
    ['whose width follows', { crop: true, canvas: { height: 50 } }, [100, 50], PRODUCT, [0, 0, 100, 50]],
    [
      'whose height follows from an aspect',
      { crop: true, canvas: { width: 400, aspect: '4:5' } },
      [400, 500],
      PRODUCT,
      [0, 150, 400, 200],
    ],
  ] as const)('%s: %j', (_, compose, canvas, source, placed) => {
    expect(lay(compose)).toEqual({ canvas, source, placed });
  });

  it('margins that leave no room are refused', () => {
    expect(() => lay({ margin: 50, canvas: { width: 100, height: 100 } })).toThrow(
      expect.objectContaining({ code: 'invalid_pipeline' }),
    );
  });
});
