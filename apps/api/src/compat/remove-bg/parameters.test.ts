import { colourOf } from './colour';
import { RemoveBgError } from './errors';
import { parseParameters } from './parameters';

const px = (value: number) => ({ px: value });
const share = (value: number) => ({ share: value });

test('without parameters it is what remove.bg does by default', () => {
  expect(parseParameters({})).toEqual({
    size: 'preview',
    type: 'auto',
    tellType: true,
    format: 'auto',
    roi: null,
    crop: false,
    cropMargin: [px(0), px(0), px(0), px(0)],
    scale: null,
    position: null,
    channels: 'rgba',
    shadow: null,
    bgColor: null,
    bgImageUrl: null,
  });
});

test.each([
  ['size', 'small', { size: 'preview' }],
  ['size', 'regular', { size: 'preview' }],
  ['size', '4k', { size: 'full' }],
  ['size', '50MP', { size: '50MP' }],
  ['type_level', 'none', { tellType: false }],
  ['type_level', 'latest', { tellType: true }],
  ['roi', '10px 20px 300px 400px', { roi: [px(10), px(20), px(300), px(400)] }],
  ['roi', '0% 12.5% 100% 100%', { roi: [share(0), share(0.125), share(1), share(1)] }],
  ['crop', '1', { crop: true }],
  ['crop_margin', '30px', { cropMargin: [px(30), px(30), px(30), px(30)] }],
  ['crop_margin', '10% 20%', { cropMargin: [share(0.1), share(0.2), share(0.1), share(0.2)] }],
  ['crop_margin', '1px 2px 3px 50%', { cropMargin: [px(1), px(2), px(3), share(0.5)] }],
  ['scale', '80%', { scale: 0.8 }],
  ['scale', 'original', { scale: null }],
  ['position', 'original', { position: 'original' }],
  ['position', 'center', { position: { x: 0.5, y: 0.5 } }],
  ['position', '20%', { position: { x: 0.2, y: 0.2 } }],
  ['position', '0% 100%', { position: { x: 0, y: 1 } }],
  ['shadow_type', 'drop', { shadow: { kind: 'drop', opacity: 0.7 } }],
  ['shadow_type', '3D', { shadow: { kind: 'ground', opacity: 0.7 } }],
  ['bg_color', '81d4fa', { bgColor: '#81d4faff' }],
  ['bg_image_url', ' ', { bgImageUrl: null }],
])('understands %s=%s', (name, value, meant) => {
  expect(parseParameters({ [name]: value })).toMatchObject(meant);
});

test('an opacity belongs to its shadow', () => {
  const { shadow } = parseParameters({ shadow_type: 'car', shadow_opacity: '25' });
  expect(shadow).toEqual({ kind: 'contact', opacity: 0.25 });
});

test('the older add_shadow is for cars', () => {
  expect(parseParameters({ add_shadow: 'true' }).shadow).toBeNull();
  expect(parseParameters({ add_shadow: 'true', type: 'car' }).shadow).toMatchObject({ kind: 'contact' });
});

test.each([
  ['size', 'huge'],
  ['type', 'cat'],
  ['type_level', '3'],
  ['format', 'gif'],
  ['roi', '1 2 3'],
  ['roi', '0% 0% 101% 100%'],
  ['crop', 'maybe'],
  ['crop_margin', '501px'],
  ['crop_margin', '51%'],
  ['crop_margin', '1px 2px 3px'],
  ['crop_margin', '-1px'],
  ['scale', '9%'],
  ['scale', '101%'],
  ['position', 'left'],
  ['position', '1% 2% 3%'],
  ['channels', 'rgb'],
  ['shadow_type', 'soft'],
  ['shadow_opacity', '101'],
  ['semitransparency', 'some'],
  ['bg_color', '12345'],
  ['bg_color', 'no-such-colour'],
])('refuses %s=%s by its own code', (name, value) => {
  const parse = () => parseParameters({ [name]: value });
  expect(parse).toThrow(RemoveBgError);
  expect(parse).toThrow(expect.objectContaining({ faults: [expect.objectContaining({ code: `invalid_${name}` })] }));
});

test('tells all faults together', () => {
  const parse = () => parseParameters({ roi: 'x', scale: 'x' });
  expect(parse).toThrow(
    expect.objectContaining({
      faults: [expect.objectContaining({ code: 'invalid_roi' }), expect.objectContaining({ code: 'invalid_scale' })],
    }),
  );
});

test.each([
  ['fff', '#ffffffff'],
  ['#FFF', '#ffffffff'],
  ['1234', '#11223344'],
  ['81d4fa', '#81d4faff'],
  ['81d4fa77', '#81d4fa77'],
  ['Green', '#008000ff'],
  ['rebeccapurple', '#663399ff'],
  ['transparent', '#00000000'],
])('reads the colour %s', (text, meant) => expect(colourOf(text)).toBe(meant));

test.each(['', '#', 'ff', '12345', '1234567', '123456789', 'reddish'])('%j is no colour', (text) => {
  expect(colourOf(text)).toBeUndefined();
});
