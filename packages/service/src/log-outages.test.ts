import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { logOutages } from './log-outages';
import { createLogger } from './logger';

test('an outage is logged when it begins and when it is over, however often it is reported', () => {
  const lines: string[] = [];
  const logger = createLogger({ name: 'test', level: 'info', format: 'json' });
  logger.clear();
  logger.pipe(
    new Writable({ objectMode: true, write: ({ message }, _encoding, done) => done(void lines.push(message)) }),
  );
  const connection = new EventEmitter();
  logOutages(connection, 'redis', logger);
  connection.emit('ready');
  for (let outage = 0; outage < 2; outage++) {
    for (let tries = 0; tries < 3; tries++) connection.emit('error', new Error('ECONNREFUSED'));
    connection.emit('ready');
  }
  expect(lines).toEqual(['redis is away', 'redis is back', 'redis is away', 'redis is back']);
});
