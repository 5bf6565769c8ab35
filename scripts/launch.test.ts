import { suite } from 'uvu';
import * as assert from 'uvu/assert';

type Process = { env: Record<string, string>; execPath: string; platform: NodeJS.Platform };
const { npm } = (await import(new URL('./launch.js', import.meta.url).href)) as {
  npm(args: readonly string[], process: Process): [string, string[]];
};

const launch = suite('npm, as a clone runs it');

const NODE = 'C:\\Program Files\\nodejs\\node.exe';
const CASES: [what: string, process: Process, run: [string, string[]]][] = [
  [
    'is the one that runs us',
    { env: { npm_execpath: '/lib/npm-cli.js' }, execPath: '/bin/node', platform: 'linux' },
    ['/bin/node', ['/lib/npm-cli.js', 'ci']],
  ],
  ['is the one on the PATH', { env: {}, execPath: '/bin/node', platform: 'darwin' }, ['npm', ['ci']]],
  [
    'is Node’s own on Windows, where that on the PATH is a script',
    { env: { npm_execpath: 'C:\\yarn.cmd' }, execPath: NODE, platform: 'win32' },
    [NODE, ['C:\\Program Files\\nodejs\\node_modules\\npm\\bin\\npm-cli.js', 'ci']],
  ],
];
for (const [what, process, run] of CASES) launch(what, () => assert.equal(npm(['ci'], process), run));

launch.run();
