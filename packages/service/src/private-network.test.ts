import { INVALID_URLS, PRIVATE_URLS } from '@packshot/testing';
import { checkUrl, isPublicAddress } from './private-network';

describe('isPublicAddress', () => {
  it.each([
    ...[
      '127.0.0.1',
      '10.1.2.3',
      '172.16.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '100.127.255.255',
      '0.0.0.0',
    ],
    ...[
      '::',
      '::1',
      '::127.0.0.1',
      '::7f00:1',
      '::ffff:127.0.0.1',
      '::ffff:8.8.8.8',
      '64:ff9b::7f00:1',
      '64:ff9b:1::a00:1',
    ],
    ...['2002:7f00:1::', '2001:0:53aa:64c:0:5b2b:0:0', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'ff02::1', '4000::1'],
    ...['2606:4700::5efe:a00:1', '2606:4700:0:1:200:5efe:a00:1', 'not an address', ''],
  ])('refuses %s', (address) => expect(isPublicAddress(address)).toBe(false));

  it.each([
    ...['8.8.8.8', '93.184.216.34', '100.63.255.255', '100.128.0.0', '172.15.0.1', '172.32.0.1'],
    ...['2606:4700::1111', '2001:4860:4860::8888', '2a00:1450:4001:80b::200e'],
  ])('lets %s through', (address) => expect(isPublicAddress(address)).toBe(true));
});

describe('checkUrl', () => {
  const none = { allowHosts: [] };

  it.each(INVALID_URLS)('calls %s invalid', (_, url) =>
    expect(() => checkUrl(url, none)).toThrow(expect.objectContaining({ code: 'invalid_url' })),
  );

  it.each(PRIVATE_URLS)('does not allow %s', (_, url) =>
    expect(() => checkUrl(url, none)).toThrow(expect.objectContaining({ code: 'url_not_allowed' })),
  );

  it.each([
    'https://shop.example/shoe.jpg',
    'https://shop.example./shoe.jpg',
    'http://shop.example:8080/',
    'http://localhost.shop.example/',
    'http://internal.example/',
    'http://my.locale/',
    'http://8.8.8.8/',
    'http://[2606:4700::1111]:8443/',
    'https://xn--bcher-kva.example/',
  ])('allows %s', (url) => expect(checkUrl(url, none).href).toContain('http'));

  it('allows a private host that the settings name, at that port alone', () => {
    expect(checkUrl('http://127.0.0.1:9000/a', { allowHosts: ['127.0.0.1:9000'] }).port).toBe('9000');
    expect(() => checkUrl('http://127.0.0.1:9001/a', { allowHosts: ['127.0.0.1:9000'] })).toThrow();
    expect(() => checkUrl('http://127.0.0.2:9000/a', { allowHosts: ['127.0.0.1:9000'] })).toThrow();
  });
});
