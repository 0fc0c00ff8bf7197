import type { Route } from '../http/route';
import { runPodErrors, takeBareKey } from './runpod/errors';
import { health } from './runpod/health';
import { endpointName, type Operation } from './runpod/operation';
import { OPERATIONS } from './runpod/operations';

/** What the answer to a new job leads to. */
function linked(answers: Route['answers'], prefix: string, kind: string): Route['answers'] {
  const parameters = { ...(prefix !== '' && { endpoint: '$request.path.endpoint' }), job: '$response.body#/id' };
  const names = ['Status', 'StatusSync', 'Stream', 'Cancel', 'Retry'];
  const links = Object.fromEntries(names.map((name) => [kind + name, parameters]));
  return Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, { ...answer, links }]));
}

const routes = (prefix: string, kind: string, operations: readonly Operation[]): Route[] =>
  operations.map(({ name, path, ...operation }) => ({
    ...operation,
    path: prefix + path,
    ...(operation.body && { answers: linked(operation.answers, prefix, kind) }),
    operationId: `${kind}${name}`,
    tag: 'runpod',
    errorForm: runPodErrors,
    prepare: takeBareKey,
    ...(prefix !== '' && { params: { endpoint: endpointName } }),
  }));

/** The worker's own local server has no `GET /status`. */
const asPost = OPERATIONS.filter(({ name }) => name === 'Status' || name === 'Stream').map(
  (operation): Operation => ({ ...operation, method: 'POST', name: `${operation.name}Post` }),
);

/** The endpoint of RunPod's service, and without a prefix what the worker serves when it runs by itself. */
export const runPod: readonly Route[] = [
  ...routes('/v2/:endpoint', 'runpod', [...OPERATIONS, health]),
  ...routes('', 'runpodLocal', [...OPERATIONS, ...asPost]),
];
