/**
 * For clients whose host is hard-wired: connections to `api.remove.bg` go to the port `MAP_TO_PORT` of this machine instead, over
 * TLS still, with the certificate checked for that name. Loaded by `--require`, so that the client itself stays as it is.
 */
const tls = require('node:tls');

const { connect } = tls;
tls.connect = (...args) => {
  const [options] = args;
  if (options?.host !== 'api.remove.bg') return connect(...args);
  const mapped = { ...options, host: '127.0.0.1', port: Number(process.env.MAP_TO_PORT), servername: 'api.remove.bg' };
  return connect(mapped, ...args.slice(1));
};
