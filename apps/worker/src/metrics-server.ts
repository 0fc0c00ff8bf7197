import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger, Registry } from '@packshot/service';

/** Serves a registry at `/metrics`. Rejects when the address cannot be had. */
export async function serveMetrics(
  registry: Registry,
  { host, port, logger }: { host: string; port: number; logger: Logger },
): Promise<{ port: number; close(): Promise<void> }> {
  const answer = async (response: ServerResponse, path: string | undefined) => {
    if (path?.split('?', 1)[0] !== '/metrics') return void response.writeHead(404).end();
    const text = await registry.metrics();
    response.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' }).end(text);
  };
  const server = createServer((request, response) => {
    answer(response, request.url).catch((error: unknown) => {
      logger.error('the metrics could not be collected', { error });
      response.writeHead(500).end();
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  logger.info('metrics are served', { host, port: address.port });
  return {
    port: address.port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
