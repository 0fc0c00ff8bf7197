import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { PackshotError, verifyWebhook, type WebhookPayload } from '@packshot/sdk';
import { connect, type ServerOptions } from '../connect';
import type { Context } from '../context';
import { wholeNumber } from '../whole-number';

export interface ListenOptions extends ServerOptions {
  port: string;
  host: string;
  secret?: string;
  count?: string;
}

const LARGEST_BYTES = 1_000_000;

/** Receives webhooks on this machine, believes those that are signed, and tells what they say. */
export async function listenForWebhooks(context: Context, options: ListenOptions): Promise<void> {
  const { output, signal } = context;
  const secret = options.secret ?? (await connect(context, options).webhooks.secret({ signal })).secret;
  let left = options.count === undefined ? Number.POSITIVE_INFINITY : wholeNumber('--count', options.count);
  const enough = new AbortController();
  const seen = new Set<string>();

  const receive = async (request: IncomingMessage): Promise<number> => {
    if (request.method !== 'POST') return 405;
    if (Number(request.headers['content-length'] ?? 0) > LARGEST_BYTES) return 413;
    const body = await buffer(request);
    try {
      const payload = await verifyWebhook({ body, headers: request.headers, secret });
      const id = String(request.headers['webhook-id']);
      // The same message again: an answer of ours was lost on the way.
      if (!seen.has(id))
        output.line({ webhook_id: id, ...payload }, `${payload.timestamp} ${payload.type} ${subject(payload)}`);
      seen.add(id);
    } catch (error) {
      if (!(error instanceof PackshotError)) throw error;
      output.note(`refused: ${error.message}`);
      return 401;
    }
    left -= 1;
    return 204;
  };
  const server = createServer((request, response) => {
    receive(request).then(
      (status) => {
        response.writeHead(status, { connection: 'close' }).end();
        if (left <= 0) enough.abort();
      },
      () => response.destroy(),
    );
  });
  server.listen(Number(options.port), options.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://${options.host}:${port}/`;
  output.note(
    `listening on ${url}  (the server must be allowed to call it: ALLOW_PRIVATE_HOSTS=${options.host}:${port})`,
  );
  await new Promise<void>((resolve) => {
    for (const end of [signal, enough.signal]) end.addEventListener('abort', () => resolve(), { once: true });
  });
  server.close();
  await once(server, 'close');
}

function subject({ data }: WebhookPayload): string {
  return 'status' in data ? `${data.id} ${data.status}` : 'id' in data ? data.id : data.message;
}
