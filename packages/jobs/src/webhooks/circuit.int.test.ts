import { jobsForEachTest } from '../fixtures/make-job';
import { admitDelivery, CIRCUIT_RULES, circuitView, settleCircuit } from './circuit';

const URL = 'https://shop.test/a';
const held = jobsForEachTest();

const admit = (url = URL, tenant = 'shop') => admitDelivery(held.jobs.store, tenant, url);
const view = (url = URL, tenant = 'shop') => circuitView(held.jobs.store, tenant, url);
const settle = (alive: boolean, { probe = false, askedMs = 0, url = URL } = {}) =>
  settleCircuit(held.jobs.store, { tenant: 'shop', url, probe }, alive ? { alive } : { alive, askedMs });
const fail = async (times: number) => {
  for (let i = 0; i < times; i++) await settle(false);
};

/** As if the time that the circuit is open were over. */
async function letTimePass(): Promise<void> {
  const { redis, keys } = held.jobs.store;
  await redis.hset(keys.circuit('shop https://shop.test'), 'openUntil', String(Date.now() - 1000));
}

/** For how long the circuit is open, to the nearest ten seconds. */
async function openSeconds(): Promise<number> {
  const { retry_at } = await view();
  return Math.round((Date.parse(retry_at ?? '') - Date.now()) / 10_000) * 10;
}

describe('a circuit', () => {
  it('opens at the fifth failure in a row, for the whole host of that tenant and for nobody else', async () => {
    await fail(4);
    expect([await admit(), (await view()).failures]).toEqual([{ go: true, probe: false }, 4]);
    await fail(1);
    expect(await admit('https://shop.test/b')).toMatchObject({ go: false });
    expect(await view()).toMatchObject({ state: 'open', failures: 5 });
    for (const other of ['http://shop.test/a', 'https://shop.test:8443/a', 'https://other.test/a']) {
      expect(await admit(other)).toEqual({ go: true, probe: false });
    }
    expect(await admit(URL, 'rival')).toEqual({ go: true, probe: false });
  });

  it('does not open while something arrives in between', async () => {
    await fail(4);
    await settle(true);
    await fail(4);
    expect(await view()).toMatchObject({ state: 'closed', failures: 4 });
  });

  it('lets one delivery try when its time is over, and closes when that arrives', async () => {
    await fail(5);
    await letTimePass();
    expect((await view()).state).toBe('half_open');
    const admissions = await Promise.all(Array.from({ length: 10 }, () => admit()));
    expect(admissions.filter(({ go }) => go)).toEqual([{ go: true, probe: true }]);
    await settle(true, { probe: true });
    expect([await admit(), await view()]).toEqual([
      { go: true, probe: false },
      { state: 'closed', failures: 0, retry_at: null },
    ]);
  });

  it('stays open twice as long each time that try fails, to ten minutes', async () => {
    await fail(5);
    const times = [await openSeconds()];
    for (let i = 0; i < 6; i++) {
      await letTimePass();
      expect(await admit()).toEqual({ go: true, probe: true });
      await settle(false, { probe: true });
      times.push(await openSeconds());
    }
    expect(times).toEqual([30, 60, 120, 240, 480, 600, 600]);
  });

  it('does not count those that were under way when it opened', async () => {
    await fail(8);
    expect([(await view()).failures, await openSeconds()]).toEqual([5, 30]);
    await settle(true);
    expect((await view()).state).toBe('closed');
  });

  it('lets another try when the first was never heard of again', async () => {
    await fail(5);
    await letTimePass();
    expect(await admit()).toEqual({ go: true, probe: true });
    expect(await admit()).toMatchObject({ go: false });
    const { redis, keys } = held.jobs.store;
    await redis.hset(keys.circuit('shop https://shop.test'), 'probeUntil', String(Date.now() - 1));
    expect(await admit()).toEqual({ go: true, probe: true });
  });

  it('opens at once for as long as a receiver asks, but not for ever', async () => {
    await settle(false, { askedMs: 120_000 });
    expect(await openSeconds()).toBe(120);
    await letTimePass();
    await admit();
    await settle(false, { probe: true, askedMs: 86_400_000 });
    expect(await openSeconds()).toBe(CIRCUIT_RULES.longestOpenMs / 1000);
  });

  it('is forgotten some time after the last failure', async () => {
    const { redis, keys } = held.jobs.store;
    await fail(1);
    expect(await redis.pttl(keys.circuit('shop https://shop.test'))).toBeGreaterThan(0);
  });
});
