import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Paths of PEM files. */
export interface TestCertificates {
  ca: string;
  cert: string;
  key: string;
}

const run = promisify(execFile);

/** Makes an authority and a certificate by it for `names` (`DNS:` or `IP:` each), with `openssl`, in `folder`. */
export async function makeCertificates(
  folder: string,
  names: readonly string[] = ['DNS:localhost', 'IP:127.0.0.1'],
): Promise<TestCertificates> {
  const [ca, caKey, cert, key, request, extensions] = [
    ...['ca.pem', 'ca-key.pem', 'cert.pem', 'key.pem', 'request.pem', 'extensions.cnf'],
  ].map((name) => join(folder, name)) as [string, string, string, string, string, string];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await writeFile(extensions, `subjectAltName=${names.join(',')}\n`);
  await run('openssl', [
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    caKey,
    '-out',
    ca,
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
  ]);
  await run('openssl', ['req', ...newKey, '-keyout', key, '-out', request, '-subj', '/CN=test server']);
  const signed = ['-CA', ca, '-CAkey', caKey, '-CAcreateserial', '-days', '2', '-extfile', extensions];
  await run('openssl', ['x509', '-req', '-in', request, ...signed, '-out', cert]);
  return { ca, cert, key };
}

/** What Node's TLS takes, for a client that shows the certificate; nothing without. */
export async function clientTls(
  files: TestCertificates | undefined,
): Promise<{ tls?: Record<'ca' | 'cert' | 'key', string> }> {
  if (files === undefined) return {};
  const [ca, cert, key] = await Promise.all([files.ca, files.cert, files.key].map((path) => readFile(path, 'utf8')));
  return { tls: { ca: ca ?? '', cert: cert ?? '', key: key ?? '' } };
}
