import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { Jobs } from '@packshot/jobs';
import type { RequestHandler } from 'express';

interface QueueBoardOptions {
  queues: Jobs['queues'];
  /** Path of the page as browsers see it, without a trailing slash. */
  path: string;
  readOnly: boolean;
}

/** bull-board over our queues. */
export function createQueueBoard({ queues, path, readOnly }: QueueBoardOptions): RequestHandler {
  const server = new ExpressAdapter();
  server.setBasePath(path);
  createBullBoard({
    queues: [
      new BullMQAdapter(queues.items, {
        readOnlyMode: readOnly,
        description: 'A message is a permit to process one item; which one is decided when a worker takes it up.',
      }),
      new BullMQAdapter(queues.webhooks, { readOnlyMode: readOnly, description: 'Deliveries of webhooks.' }),
    ],
    serverAdapter: server,
    options: { uiConfig: { boardTitle: 'Packshot' } },
  });
  return server.getRouter() as RequestHandler;
}
