import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { guardedFetch } from './guarded-fetch';

/** Runs `use` against a server on loopback that answers by `listener`. */
async function withServer<T>(listener: RequestListener, use: (url: string, host: string) => Promise<T>): Promise<T> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    return await use(`http://${host}`, host);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const limits = { maxBytes: 100, timeoutMs: 2000 };
const code = (code: string) => expect.objectContaining({ code });

describe('guardedFetch', () => {
  it('fetches from a host that is allowed', () =>
    withServer(
      (_req, res) => res.end('hello'),
      async (url, host) => {
        const response = await guardedFetch(url, { ...limits, allowHosts: [host] });
        expect(response.status).toBe(200);
        expect(await text(response.body)).toBe('hello');
      },
    ));

  it('never connects to a private address', async () => {
    let asked = false;
    const listener: RequestListener = (_req, res) => {
      asked = true;
      res.end();
    };
    await withServer(listener, async (url) => {
      await expect(guardedFetch(url, { ...limits, allowHosts: [] })).rejects.toEqual(code('url_not_allowed'));
    });
    expect(asked).toBe(false);
  });

  it('checks where a redirect leads', () =>
    withServer(
      (_req, res) => res.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
      async (url, host) => {
        const options = { ...limits, allowHosts: [host], maxRedirects: 3 };
        await expect(guardedFetch(url, options)).rejects.toEqual(code('url_not_allowed'));
      },
    ));

  it('gives up on a circle of redirects', () =>
    withServer(
      (_req, res) => res.writeHead(302, { location: '/' }).end(),
      async (url, host) => {
        const options = { ...limits, allowHosts: [host], maxRedirects: 3 };
        await expect(guardedFetch(url, options)).rejects.toEqual(code('download_failed'));
      },
    ));

  it('stops a body that is too large', () =>
    withServer(
      (_req, res) => res.end('x'.repeat(101)),
      async (url, host) => {
        const response = await guardedFetch(url, { ...limits, allowHosts: [host] });
        await expect(text(response.body)).rejects.toEqual(code('file_too_large'));
      },
    ));

  it('stops waiting at the deadline', () =>
    withServer(
      () => {},
      async (url, host) => {
        const options = { ...limits, timeoutMs: 50, allowHosts: [host] };
        await expect(guardedFetch(url, options)).rejects.toEqual(code('download_failed'));
      },
    ));

  it('reports a body that is cut off', () =>
    withServer(
      (_req, res) => {
        res.writeHead(200, { 'content-length': '50' });
        res.write('half');
        setImmediate(() => res.destroy());
      },
      async (url, host) => {
        const response = await guardedFetch(url, { ...limits, allowHosts: [host] });
        await expect(text(response.body)).rejects.toEqual(code('download_failed'));
      },
    ));
});
