import { checkUrl, isPublicAddress } from './private-network';

describe('isPublicAddress', () => {
  const refused = [
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '192.0.2.1',
    '198.18.0.1',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    '64:ff9b:1::a00:1',
    '2002:7f00:1::',
    '2001:0:53aa:64c:0:5b2b:0:0',
    'fe80::1',
    'fc00::1',
    'ff02::1',
    '2001:db8::1',
    'not an address',
  ];
  it.each(refused)('refuses %s', (address) => expect(isPublicAddress(address)).toBe(false));
  it.each(['8.8.8.8', '93.184.216.34', '2606:4700::1111'])('lets %s through', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

describe('checkUrl', () => {
  const none = { allowHosts: [] };
  it.each(['nonsense', 'file:///etc/passwd', 'ftp://example.com/a', 'http://user:secret@example.com/'])(
    'calls %s invalid',
    (url) => expect(() => checkUrl(url, none)).toThrow(expect.objectContaining({ code: 'invalid_url' })),
  );
  it.each([
    'http://localhost/',
    'http://a.localhost/',
    'http://127.0.0.1:6379/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://[::1]/',
    'http://[::ffff:7f00:1]/',
    'http://169.254.169.254/latest/meta-data/',
  ])('does not allow %s', (url) => {
    expect(() => checkUrl(url, none)).toThrow(expect.objectContaining({ code: 'url_not_allowed' }));
  });
  it('allows a private host that the settings name', () => {
    expect(checkUrl('http://127.0.0.1:9000/a', { allowHosts: ['127.0.0.1:9000'] }).port).toBe('9000');
    expect(() => checkUrl('http://127.0.0.1:9001/a', { allowHosts: ['127.0.0.1:9000'] })).toThrow();
  });
});
