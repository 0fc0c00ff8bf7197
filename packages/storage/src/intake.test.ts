import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '@packshot/contracts';
import { Intake } from './intake';

const translate = (error: unknown) => AppError.from(error, 'storage_error');
const options = { contentType: 'image/png' };

describe('an intake', () => {
  test('blames the store when the store fails, and frees a body that has stalled', async () => {
    const body = new PassThrough();
    body.write('some');
    const intake = new Intake(body, options);
    const diskFull = new Error('no space left');
    const full = new PassThrough({ transform: (_chunk, _encoding, done) => done(diskFull) });
    const error = await pipeline(intake.stream, full).catch((reason: unknown) => reason);
    expect(error).toBe(diskFull);
    expect(intake.blame(error, translate)).toMatchObject({ code: 'storage_error', cause: diskFull });
    expect(body.destroyed).toBe(true);
  });

  test('blames the body when the body fails, even after the store complained of it', async () => {
    const body = new PassThrough();
    const intake = new Intake(body, options);
    const hangUp = new Error('hung up');
    const drained = pipeline(intake.stream, new PassThrough().resume()).catch(() => undefined);
    body.destroy(hangUp);
    await drained;
    expect(intake.blame(new Error('premature close'), translate)).toBe(hangUp);
  });

  test('takes text as UTF-8', async () => {
    const body = new PassThrough({ encoding: 'utf8' });
    const intake = new Intake(body, options);
    body.end('ü');
    await pipeline(intake.stream, new PassThrough().resume());
    expect(intake.result().bytes).toBe(2);
  });
});
