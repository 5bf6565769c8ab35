/**
 * What the pages name exists: the pages and headings that they link to, the commands of both programs, their options,
 * the scripts of npm, and the settings. Reads text, and the programs' own help.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openCliTrial } from '../../client/testing/cli-context.ts';
import { runServerCli } from '../../server/cli.ts';
import { anchorsOf, blocksOf, pages, proseOf, root } from './pages.ts';

const words = suite('the pages name');

words('pages, files and headings that are there', () => {
  const broken: string[] = [];
  for (const page of [...pages(), 'CONTRIBUTING.md'])
    for (const [, target] of proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target!)) continue;
      const [path, anchor] = target!.split('#') as [string, string?];
      const file = path === '' ? page : normalize(join(dirname(page), path));
      const isThere = existsSync(join(root, file));
      if (!isThere || (anchor !== undefined && !anchorsOf(file).has(anchor))) broken.push(`${page}: ${target}`);
    }
  assert.equal(broken, []);
});

/** What `--help` says, by program and command; null for a command that there is not. */
const helps = new Map<string, string | null>();
const client = openCliTrial({});
words.after(() => client.close());

const ask = async (program: string, command: string): Promise<string | null> => {
  if (program === 'kt-client') {
    const { code, out } = await client.run(`${command} --help`.trim());
    return code === 0 ? out : null;
  }
  const stdout = new PassThrough();
  let said = '';
  stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const stdin = Readable.from([]) as typeof process.stdin;
  const context = { stdin, stdout, stderr: new PassThrough(), env: {}, colorDepth: 1 };
  const code = await runServerCli([...command.split(' ').filter(Boolean), '--help'], context);
  return code === 0 ? said : null;
};

const help = async (program: string, command: string): Promise<string | null> => {
  const name = `${program} ${command}`;
  if (!helps.has(name)) helps.set(name, await ask(program, command));
  return helps.get(name)!;
};

/** The commands of both programs, as their own help lists them. */
const commandsOf = async (program: string): Promise<string[]> =>
  [...(await help(program, ''))!.matchAll(new RegExp(`^ {2}${program} ([a-z][a-z-]*(?: [a-z][a-z-]*)?)`, 'gm'))].map(
    ([, command]) => command!,
  );

/** All that a page writes as code: spans, and lines of blocks of commands. */
const codeOf = (page: string): string[] => [
  ...[...proseOf(page).matchAll(/`([^`]+)`/g)].map(([, code]) => code!.replace(/\s+/g, ' ')),
  ...blocksOf(page)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.replaceAll(/\\\n\s*/g, '').split('\n'))
    .map((line) => line.replace(/\s+#\s.*$/, '')),
];

/** A program at the beginning of a command, or behind a pipe or a bracket; and what it is told. */
const INVOKED = new RegExp(
  '^(?:.*[|&(] ?)?(?:node |npx (?:--yes )?)?' +
    String.raw`(?:npm start --|(?:\S*\/)?(client|server)\/bin\.js|(kt-client|kt-server)|\S*kt-client\.tgz)` +
    '(?: ([^|;&)]*))?(?:$|[|;&)])',
);

/** Options that every command has, of clipanion. */
const GENERAL = new Set(['--help', '--version']);

const faultOf = async (code: string): Promise<string | null> => {
  const match = INVOKED.exec(code);
  if (!match) return null;
  const [whole, folder, name, rest = ''] = match;
  const program = name ?? (folder ? `kt-${folder}` : whole.includes('npm start') ? 'kt-server' : 'kt-client');
  const said = rest.split(' ').filter(Boolean);
  const commands = await commandsOf(program);
  const command =
    [said.slice(0, 2).join(' '), said[0] ?? ''].find((words) => commands.includes(words)) ??
    (said[0] === undefined || said[0].startsWith('-') ? (program === 'kt-client' ? 'daemon' : 'serve') : null);
  // A family of commands by its first word, as in `kt-client service`.
  if (command === null)
    return commands.some((one) => one.startsWith(`${said[0]} `)) && said.length === 1
      ? null
      : 'there is no such command';
  const options = await help(program, command);
  const strange = said.filter((word) => word.startsWith('--') && !GENERAL.has(word) && !options!.includes(word));
  return strange.length === 0 ? null : `${program} ${command} has no ${strange.join(', ')}`;
};

words('commands and options that the programs have', async () => {
  const faults: string[] = [];
  for (const page of pages())
    for (const code of codeOf(page)) {
      const fault = await faultOf(code);
      if (fault !== null) faults.push(`${page}: ${code}: ${fault}`);
    }
  assert.equal(faults, []);
});

words('scripts of npm that package.json has', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
  const isKnown = (name: string): boolean => Object.hasOwn(scripts, name);
  const strange = pages()
    .filter((page) => page !== 'docs/aw-webui.md') // speaks of aw-webui's own
    .flatMap((page) => codeOf(page).map((code) => [page, /\bnpm run ([\w:-]+)/.exec(code)?.[1]] as const))
    .filter(([, name]) => name !== undefined && !isKnown(name));
  assert.equal(strange, []);
});

words('settings that there are', () => {
  const table = readFileSync(join(root, 'docs/settings.md'), 'utf8');
  // Those of the tests, and the one that names the file of settings itself.
  const others = /^KT_(TEST_.*|CLIENT_CONFIG)$/;
  const strange = pages().flatMap((page) =>
    codeOf(page).flatMap((code) =>
      [...code.matchAll(/\bKT_(?:SERVER|CLIENT|DATABASE)_[A-Z_]*[A-Z]\b/g)]
        .map(([name]) => name)
        .filter((name) => !others.test(name) && !table.includes(`\`${name}\``))
        .map((name) => `${page}: ${name}`),
    ),
  );
  assert.equal(strange, []);
});

words.run();
