import { Writable } from 'node:stream';
import { withLogFields } from './log-fields';
import { createLogger } from './logger';

function collect() {
  const logger = createLogger({ name: 'test', level: 'info', format: 'json' });
  const lines: Record<string, unknown>[] = [];
  logger.clear();
  logger.pipe(new Writable({ objectMode: true, write: (line, _encoding, done) => done(void lines.push(line)) }));
  const written = async () => {
    await new Promise(setImmediate);
    return lines;
  };
  return { logger, written };
}

describe('log lines', () => {
  it('have the fields of the work they are logged in, and of the work around it', async () => {
    const { logger, written } = collect();
    logger.info('outside', { n: 0 });
    await withLogFields({ request_id: 'r1', trace_id: 't1' }, async () => {
      await Promise.resolve();
      logger.info('outer', { n: 1 });
      await withLogFields({ job: 'j1' }, async () => logger.warn('inner'));
    });
    logger.info('outside again');
    const lines = await written();
    expect(lines).toMatchObject([
      { service: 'test', message: 'outside', n: 0 },
      { service: 'test', message: 'outer', n: 1, request_id: 'r1', trace_id: 't1' },
      { service: 'test', message: 'inner', level: 'warn', request_id: 'r1', trace_id: 't1', job: 'j1' },
      { service: 'test', message: 'outside again' },
    ]);
    expect(lines.map((line) => 'request_id' in line)).toEqual([false, true, true, false]);
  });

  it('never take the fields of other work, however many are logged at once', async () => {
    const { logger, written } = collect();
    const work = (id: number) =>
      withLogFields({ id }, async () => {
        for (let n = 0; n < 20; n++) {
          logger.info('line', { expected: id });
          await new Promise(setImmediate);
        }
      });
    await Promise.all(Array.from({ length: 50 }, (_, id) => work(id)));
    const lines = await written();
    expect(lines).toHaveLength(1000);
    expect(lines.filter(({ id, expected }) => id !== expected)).toEqual([]);
  });

  it('spell an error out, with its code and its cause', async () => {
    const { logger, written } = collect();
    const error = Object.assign(new Error('outer', { cause: new Error('inner') }), { code: 'E_OUTER' });
    logger.error('failed', { error });
    const [line] = await written();
    expect(line).toMatchObject({ error: { message: 'outer', code: 'E_OUTER', cause: { message: 'inner' } } });
  });
});
