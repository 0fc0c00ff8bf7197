import { z } from 'zod';

const seconds = (value: number) => z.coerce.number().min(0).max(86_400).default(value);

/** Settings fragment of how the API ends. */
export const shutdownConfig = z.object({
  SHUTDOWN_DELAY_SECONDS: seconds(0).describe(
    'how long the API goes on serving after a request to stop, with readiness at 503; 5 behind a load balancer',
  ),
  SHUTDOWN_SECONDS: seconds(25).describe('how long requests in flight may take after that, before they are cut off'),
});
