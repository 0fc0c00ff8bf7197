import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import express, { type Response } from 'express';
import { InFlight } from './in-flight';

test('an answer that is to stay open does not count when its client has left before', async () => {
  const inFlight = new InFlight({ maxRequests: 1, maxStreams: 1, maxBytes: 1 });
  const app = express();
  const arrived = new Promise<Response>((resolve) => {
    app.get('/', (_request, response) => resolve(response));
  });
  const server = app.listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.write('GET / HTTP/1.0\r\n\r\n');
    const response = await arrived;
    client.destroy();
    await once(response, 'close');
    inFlight.stream(response);
    expect(inFlight.streams).toBe(0);
  } finally {
    server.close();
  }
});
