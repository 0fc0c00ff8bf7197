import { globBase, globToRegExp, isGlob } from './glob';

it.each([
  ['*.jpg', ['a.jpg', '.jpg'], ['a.png', 'b/a.jpg', 'a.jpgx']],
  ['a?.png', ['ab.png'], ['a.png', 'a/.png']],
  ['**/*.png', ['a.png', 'b/a.png', 'b/c/a.png'], ['a.jpg']],
  ['in/**', ['in/a', 'in/b/a'], ['on/a']],
  ['[a-c]1.{jpg,tar.gz}', ['a1.jpg', 'c1.tar.gz'], ['d1.jpg', 'a1.targz']],
  ['[!a].(x)+', ['b.(x)+'], ['a.(x)+', 'b.xx']],
])('matches %s as shells do', (pattern, good, bad) => {
  expect(good.filter((name) => !globToRegExp(pattern).test(name))).toEqual([]);
  expect(bad.filter((name) => globToRegExp(pattern).test(name))).toEqual([]);
});

it('knows a pattern, and the folder it looks in', () => {
  expect(['a.jpg', 'a/*.jpg', 'a[1].jpg', '{a,b}'].map(isGlob)).toEqual([false, true, true, true]);
  expect(['a/b/*.jpg', '*.jpg', '/*/a.jpg', '/srv/a/**/x?.png'].map(globBase)).toEqual(['a/b', '.', '/', '/srv/a']);
});
