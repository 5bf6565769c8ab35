/**
 * Preloaded into kt-client (NODE_OPTIONS=--require) by full-disk.test.ts: below the folder KT_TEST_FULL_DISK the disk
 * is full. A file is made there, as on a real one, and each write to it is ENOSPC, after half of it went in. A tmpfs of
 * a few kilobytes would do the same, but mounting one takes rights that not everyone has.
 */
const fs = require('node:fs');

const folder = process.env['KT_TEST_FULL_DISK'];
const full = new Set();
const error = () =>
  Object.assign(new Error('ENOSPC: no space left on device, write'), { errno: -28, code: 'ENOSPC', syscall: 'write' });

const { open, write, close } = fs;
fs.open = (path, ...args) => {
  const done = args.pop();
  open(path, ...args, (failed, fd) => {
    if (!failed && folder && String(path).startsWith(folder)) full.add(fd);
    done(failed, fd);
  });
};
fs.write = (fd, data, ...args) => {
  if (!full.has(fd)) return write(fd, data, ...args);
  const half = Buffer.from(String(data)).subarray(0, String(data).length >> 1);
  write(fd, half, 0, half.length, null, () => args.at(-1)(error()));
};
fs.close = (fd, ...args) => {
  full.delete(fd);
  close(fd, ...args);
};
