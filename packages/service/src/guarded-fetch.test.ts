import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { INVALID_URLS, PRIVATE_URLS } from '@packshot/testing';
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
const toLoopback = async () => [{ address: '127.0.0.1', family: 4 }];
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

  it.each([...PRIVATE_URLS, ...INVALID_URLS.filter(([, url]) => url.includes(':') && url !== 'http://')])(
    'follows no redirect to %s',
    async (_, location) => {
      // As a header can carry it.
      const ascii = URL.canParse(location) ? new URL(location).href : location;
      await withServer(
        (_req, res) => res.writeHead(302, { location: ascii }).end(),
        async (url, host) => {
          const options = { ...limits, allowHosts: [host], maxRedirects: 3, resolveName: toLoopback };
          await expect(guardedFetch(url, options)).rejects.toEqual(
            expect.objectContaining({ code: expect.stringMatching(/^(url_not_allowed|invalid_url)$/) }),
          );
        },
      );
    },
  );

  it.each(PRIVATE_URLS)('does not so much as resolve %s', async (_, url) => {
    const resolveName = jest.fn(toLoopback);
    await expect(guardedFetch(url, { ...limits, allowHosts: [], resolveName })).rejects.toEqual(
      code('url_not_allowed'),
    );
    expect(resolveName).not.toHaveBeenCalled();
  });

  it.each([
    ['a private address', ['10.0.0.1']],
    ['a public address and a private one', ['93.184.216.34', '10.0.0.1']],
    ['a private address behind a public one of IPv6', ['2606:4700::1111', '::ffff:127.0.0.1']],
    ['an IPv6 address that carries a private one', ['64:ff9b::a00:1']],
  ])('refuses a name with %s', async (_, addresses) => {
    const resolveName = async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    const options = { ...limits, allowHosts: [], resolveName };
    await expect(guardedFetch('http://rebound.example/', options)).rejects.toEqual(code('url_not_allowed'));
  });

  it('connects to the address it checked, and asks for the name only once', async () => {
    const reached: (string | undefined)[] = [];
    await withServer(
      (req, res) => res.end(String(reached.push(req.socket.localAddress))),
      async (_, host) => {
        const { port } = new URL(`http://${host}`);
        // A name server that answers something else each time it is asked.
        const answers = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
        const resolveName = jest.fn(async () => [{ address: answers.shift() ?? '', family: 4 }]);
        const options = { ...limits, allowHosts: [`rebound.example:${port}`], resolveName };
        const response = await guardedFetch(`http://rebound.example:${port}/`, options);
        expect(await text(response.body)).toBe('1');
        expect(resolveName).toHaveBeenCalledTimes(1);
      },
    );
    expect(reached).toEqual(['127.0.0.1']);
  });

  it('checks a name anew when a redirect leads back to it', () =>
    withServer(
      (_req, res) => res.writeHead(302, { location: 'http://rebound.example:8080/' }).end(),
      async (url, host) => {
        const options = { ...limits, allowHosts: [host], maxRedirects: 3, resolveName: toLoopback };
        await expect(guardedFetch(url, options)).rejects.toEqual(code('url_not_allowed'));
      },
    ));

  it('takes no headers along to another origin', async () => {
    const seen: (string | undefined)[] = [];
    await withServer(
      (req, res) => res.end(String(seen.push(req.headers['x-secret'] as string | undefined))),
      (other, otherHost) =>
        withServer(
          (req, res) => {
            seen.push(req.headers['x-secret'] as string | undefined);
            res.writeHead(302, { location: other }).end();
          },
          async (url, host) => {
            const options = { ...limits, allowHosts: [host, otherHost], maxRedirects: 3, headers: { 'x-secret': 's' } };
            await guardedFetch(url, options);
          },
        ),
    );
    expect(seen).toEqual(['s', undefined]);
  });

  it('does not wait for a name server that hangs', async () => {
    const options = { ...limits, timeoutMs: 50, allowHosts: [], resolveName: () => new Promise<never>(() => {}) };
    await expect(guardedFetch('http://shop.example/', options)).rejects.toEqual(code('download_failed'));
  });

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
