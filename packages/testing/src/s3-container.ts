import { randomBytes } from 'node:crypto';
import type { StartedS3 } from './s3';

const IMAGE = 'minio/minio:RELEASE.2025-04-22T22-12-26Z';

/** MinIO in a container. */
export async function startS3Container(): Promise<StartedS3> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const accessKeyId = 'packshot';
  const secretAccessKey = randomBytes(16).toString('hex');
  const container = await new GenericContainer(IMAGE)
    .withCommand(['server', '/data'])
    .withEnvironment({ MINIO_ROOT_USER: accessKeyId, MINIO_ROOT_PASSWORD: secretAccessKey })
    .withExposedPorts(9000)
    .withWaitStrategy(Wait.forHttp('/minio/health/ready', 9000))
    .start();
  const endpoint = `http://${container.getHost()}:${container.getMappedPort(9000)}`;
  return {
    access: { endpoint, region: 'us-east-1', accessKeyId, secretAccessKey, forcePathStyle: true },
    stop: async () => void (await container.stop()),
  };
}
