import { randomBytes } from 'node:crypto';
import type { StartedS3 } from './s3';

/** The server of docker-compose.yml: docs/adr/0003-s3-server-in-compose.md says why this one. */
const IMAGE = 'chrislusf/seaweedfs:4.48';
const PORT = 8333;

/** SeaweedFS in a container. */
export async function startS3Container(): Promise<StartedS3> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const accessKeyId = 'packshot';
  const secretAccessKey = randomBytes(16).toString('hex');
  const container = await new GenericContainer(IMAGE)
    .withCommand(['mini', '-dir=/data', '-ip.bind=0.0.0.0', `-s3.port=${PORT}`])
    .withEnvironment({ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey })
    .withExposedPorts(PORT)
    .withWaitStrategy(Wait.forHttp('/healthz', PORT))
    .start();
  const endpoint = `http://${container.getHost()}:${container.getMappedPort(PORT)}`;
  return {
    access: { endpoint, region: 'us-east-1', accessKeyId, secretAccessKey, forcePathStyle: true },
    stop: async () => void (await container.stop()),
  };
}
