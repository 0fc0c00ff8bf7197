import { Webhook } from 'standardwebhooks';
import { AppError, ERRORS } from './errors';
import { isId, newId, uuidv7 } from './ids';
import { sniffImageFormat } from './image-format';
import { jobStatus } from './lifecycle';
import { pipelineSchema, resolvedPipelineSchema, resolvePipeline } from './operations';
import { PRESETS } from './presets';
import { isWebhookSecret, newWebhookSecret, signWebhook } from './webhook-signature';

describe('the pipeline schema', () => {
  const resolve = (value: unknown) => resolvePipeline(pipelineSchema.parse(value));

  it('fills in every parameter', () => {
    expect(resolve({ upscale: true, denoise: 'auto', background: { threshold: 0.5 } })).toEqual({
      denoise: { when: 'auto', strength: 1 },
      deblur: false,
      shadow: false,
      contrast: false,
      background: {
        when: 'always',
        matting: 'guided',
        decontaminate: true,
        threshold: 0.5,
        compatibility: 'none',
      },
      upscale: { when: 'always', scale: 2 },
      compose: false,
      output: {
        format: 'auto',
        channels: 'rgba',
        quality: 90,
        icc: 'srgb',
        background: '#ffffff',
        mask: true,
        also: [],
        lint: [],
      },
    });
  });

  it('takes a canonical form from before there was an operation for one in which it is off', () => {
    const { deblur, ...older } = resolve({ denoise: true });
    expect(resolvedPipelineSchema.parse(older)).toEqual({ deblur, ...older });
  });

  it('resolves its own canonical form to itself', () => {
    for (const preset of Object.values(PRESETS)) {
      const canonical = resolve(preset);
      expect(resolve(canonical)).toEqual(canonical);
    }
  });

  it.each([
    [{ sharpen: true }, /sharpen/],
    [{ upscale: { scale: 3 } }, /upscale/],
    [{ denoise: { strength: 2 } }, /denoise/],
    [{ background: 'maybe' }, /background/],
    [{ output: { format: 'heic' } }, /format/],
    [{ deblur: { kind: 'snow' } }, /deblur/],
    [{ upscale: { denoise: 2 } }, /denoise/],
    [{ background: { compatibility: 'rembg' } }, /matting none, closed-form or vitmatte/],
    [
      { background: { compatibility: 'rembg', matting: 'none', prompt: { points: [[1, 1, 1]] } } },
      /rembg has no prompts/,
    ],
    [{ background: { matting_model: 'vitmatte-small' } }, /matting_model/],
    [{ background: { alpha_matting: {} } }, /alpha_matting/],
  ])('refuses %j and names the field', (value, name) => {
    const parsed = pipelineSchema.safeParse(value);
    expect(parsed.success).toBe(false);
    expect(JSON.stringify(parsed.error?.issues)).toMatch(name);
  });
});

describe('jobStatus', () => {
  const counts = (part: object) => ({
    total: 2,
    queued: 0,
    processing: 0,
    succeeded: 0,
    failed: 0,
    canceled: 0,
    ...part,
  });
  const state = { started: true, canceled: false, expired: 0 };

  it.each([
    [counts({ queued: 2 }), { ...state, started: false }, 'queued'],
    [counts({ queued: 1, failed: 1 }), { ...state, started: false }, 'queued'],
    [counts({ queued: 1, succeeded: 1 }), state, 'processing'],
    [counts({ succeeded: 2 }), state, 'succeeded'],
    [counts({ succeeded: 1, failed: 1 }), state, 'partially_succeeded'],
    [counts({ succeeded: 1, canceled: 1 }), { ...state, canceled: true }, 'partially_succeeded'],
    [counts({ failed: 2 }), state, 'failed'],
    [counts({ failed: 2 }), { ...state, started: false, expired: 2 }, 'expired'],
    [counts({ failed: 2 }), { ...state, expired: 1 }, 'failed'],
    [counts({ failed: 2, succeeded: 1 }), { ...state, expired: 2 }, 'partially_succeeded'],
    [counts({ failed: 1, canceled: 1 }), { ...state, canceled: true }, 'canceled'],
  ])('of %j, %j is %s', (value, options, expected) => expect(jobStatus(value, options)).toBe(expected));
});

describe('webhook signatures', () => {
  it('verify with the reference library', async () => {
    const secret = newWebhookSecret();
    const content = { id: 'msg_1', timestamp: Math.floor(Date.now() / 1000), body: '{"type":"job.succeeded"}' };
    const headers = {
      'webhook-id': content.id,
      'webhook-timestamp': String(content.timestamp),
      'webhook-signature': await signWebhook(secret, content),
    };
    expect(new Webhook(secret).verify(content.body, headers)).toEqual({ type: 'job.succeeded' });
    expect(() => new Webhook(secret).verify(`${content.body} `, headers)).toThrow();
  });

  it('tell a usable secret from one that is not', () => {
    expect(isWebhookSecret(newWebhookSecret())).toBe(true);
    expect(['', 'whsec_short', 'whsec_???', 'x'].map(isWebhookSecret)).toEqual([false, false, false, false]);
  });
});

describe('ids', () => {
  it('sort by time and are told from one another', () => {
    expect(uuidv7(1000) < uuidv7(2000)).toBe(true);
    expect(isId('job', newId('job'))).toBe(true);
    expect(isId('item', newId('job'))).toBe(false);
    expect(isId('job', '../../etc/passwd')).toBe(false);
  });
});

describe('sniffImageFormat', () => {
  const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
  it.each([
    ['\xff\xd8\xff\xe0', 'jpeg'],
    ['\x89PNG\r\n\x1a\n', 'png'],
    ['RIFF\0\0\0\0WEBPVP8 ', 'webp'],
    ['II*\0', 'tiff'],
    ['MM\0*', 'tiff'],
    ['\0\0\0\x1cftypavif\0\0\0\0mif1avif', 'avif'],
    ['GIF89a', 'gif'],
    ['BM\x36\0\0\0\0\0\0\0', 'bmp'],
    ['\0\0\0\x18ftypheic\0\0\0\0mif1heic', null],
    ['%PDF-1.7', null],
    ['<svg xmlns=', null],
    ['BMW is a car maker', null],
    ['', null],
  ])('reads %j as %s', (head, format) => expect(sniffImageFormat(bytes(head))).toBe(format));
});

describe('errors', () => {
  it('carry their status and whether trying again helps', () => {
    const error = new AppError('storage_error');
    expect([error.status, error.retryable, error.message]).toEqual([503, true, ERRORS.storage_error.text]);
    expect(AppError.from(new Error('odd')).code).toBe('internal_error');
  });
});
