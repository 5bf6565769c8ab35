/**
 * Preloaded into kt-server (NODE_OPTIONS=--require) by full-server.test.ts: `fs.statfsSync` says what the file
 * KT_TEST_DISK_SPACE says, in bytes, so that a disk fills and empties at a word. full-server.test.ts fills a real
 * one where it may mount it.
 */
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');

const { statfsSync } = fs;
fs.statfsSync = (path, ...args) => ({
  ...statfsSync(path, ...args),
  bsize: 1,
  bavail: Number(fs.readFileSync(process.env['KT_TEST_DISK_SPACE'], 'utf8')),
});
syncBuiltinESMExports();
