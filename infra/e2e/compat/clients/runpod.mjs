/**
 * The npm package `runpod-sdk`, as RunPod's documentation uses it: each of its calls once, against the address in argument 2.
 * Prints what they gave, one line of JSON each.
 */
import { readFileSync } from 'node:fs';
import runpodSdk from 'runpod-sdk';

const [, , baseUrl, photo] = process.argv;
const endpoint = runpodSdk('shop-key', { baseUrl }).endpoint('birefnet');
const input = { filename: 'my_photo.jpg', image_b64: readFileSync(photo).toString('base64') };
const tell = (name, value) => process.stdout.write(`=> ${JSON.stringify({ name, value })}\n`);

tell('health', await endpoint.health());
tell('runSync', await endpoint.runSync({ input }));
const { id, ...run } = await endpoint.run({ input });
tell('run', { id, ...run });
tell('statusSync', await endpoint.statusSync(id));
tell('status', await endpoint.status(id));
const streamed = await endpoint.run({ input });
const chunks = [];
for await (const chunk of endpoint.stream(streamed.id)) chunks.push(chunk);
tell('stream', chunks);
const unwanted = await endpoint.run({ input });
tell('cancel', await endpoint.cancel(unwanted.id));
tell('canceled', await endpoint.statusSync(unwanted.id));
tell('purgeQueue', await endpoint.purgeQueue());
