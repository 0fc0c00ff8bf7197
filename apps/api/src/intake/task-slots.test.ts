import { TaskSlots } from './task-slots';

/** A task that ends when the test says so. */
function task() {
  let end = () => {};
  let fail = (_error: Error) => {};
  const done = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  return { run: () => done, end, fail };
}

describe('task slots', () => {
  test('run as many tasks as there are slots, and the others in their order', async () => {
    const slots = new TaskSlots(2);
    const begun: number[] = [];
    const tasks = [task(), task(), task(), task()];
    const all = tasks.map((each, index) =>
      slots.run(() => {
        begun.push(index);
        return each.run();
      }),
    );
    expect(begun).toEqual([0, 1]);
    tasks[1]?.end();
    await all[1];
    await slots.atMost(3);
    expect(begun).toEqual([0, 1, 2]);
    for (const each of tasks) each.end();
    await slots.atMost(0);
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  test('pass a slot on when a task fails', async () => {
    const slots = new TaskSlots(1);
    const failing = task();
    const first = slots.run(failing.run);
    const second = slots.run(async () => 'done');
    failing.fail(new Error('no'));
    await expect(first).rejects.toThrow('no');
    expect(await second).toBe('done');
  });
});
