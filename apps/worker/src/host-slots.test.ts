import { HostSlots } from './host-slots';

describe('the share of a host', () => {
  const waits = (slots: HostSlots, host: string, count: number, now: number) =>
    Array.from({ length: count }, () => {
      const slot = slots.take(host, now);
      return 'waitMs' in slot ? slot.waitMs : 0;
    });

  test('is what it may hold at a time, whatever others hold', () => {
    const slots = new HostSlots(4);
    expect(waits(slots, 'a', 6, 1000).map((ms) => ms > 0)).toEqual([false, false, false, false, true, true]);
    expect(waits(slots, 'b', 4, 1000)).toEqual([0, 0, 0, 0]);
  });

  test('is free again when it is released', () => {
    const slots = new HostSlots(1);
    const slot = slots.take('a', 1000);
    expect(waits(slots, 'a', 1, 1000)[0]).toBeGreaterThan(0);
    if ('release' in slot) slot.release(100);
    expect(waits(slots, 'a', 1, 1100)).toEqual([0]);
  });

  test('is spread over more time when its slots are held longer', () => {
    const [, before = 0] = waits(new HostSlots(1), 'a', 2, 1000);
    const slow = new HostSlots(1);
    const held = slow.take('a', 1000);
    if ('release' in held) held.release(20_000);
    expect(waits(slow, 'a', 2, 1000)[1]).toBeGreaterThan(10 * before);
  });

  test('sends the others away for longer and longer, as long as it will take, and at most a minute', () => {
    const slots = new HostSlots(4);
    waits(slots, 'a', 4, 1000);
    const given = waits(slots, 'a', 5000, 1000);
    expect(given.slice(0, 3)).toEqual([25, 50, 75]);
    expect(given).toEqual([...given].sort((a, b) => a - b));
    expect(given.at(-1)).toBe(60_000);
  });
});
