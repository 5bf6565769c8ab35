/** Runs what the pages tell people to run: commands, GraphQL, settings files, in the order of each page. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfig as readClientConfig } from '../../client/config/config.ts';
import { readConfig as readServerConfig } from '../../server/config.ts';
import { makeProcesses } from '../support/processes.ts';
import { NOT_RUN } from './not-run.ts';
import { blocksOf, pages, type Block } from './pages.ts';
import { openScene, type Scene } from './scene.ts';

const docs = suite<{ scene?: Scene }>('the pages');
const folders = makeProcesses();
docs.before(async (context) => {
  context.scene = await openScene();
});
docs.after(async ({ scene }) => {
  await scene?.close();
  await folders.close();
});

/** The rows of NOT_RUN that were met. */
const met = new Set<string>();
const isNotRun = (page: string, line: string): boolean => {
  const plain = line.replace(/\s+#\s.*$/, '').trim();
  const isIt = (text: string): boolean =>
    text.endsWith(' …') ? plain.startsWith(text.slice(0, -'…'.length)) : plain === text;
  const row = NOT_RUN.find(([where, text]) => where === page && isIt(text));
  if (row) met.add(row.join());
  return row !== undefined;
};

const whereIs = ({ page, line }: Block): string => `${page}:${line}`;

/** Commands, each on a line of its own; one that goes on behind a backslash is one. */
const commandsIn = (text: string): string[] =>
  text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter(Boolean);

const runCommands = async ({ page, text }: Block, scene: Scene): Promise<void> => {
  await scene.run(commandsIn(text).filter((line) => !isNotRun(page, line)));
};

/** Whether an answer is what a page shows, where `…` is anything. */
const isShown = (shown: unknown, actual: unknown): boolean => {
  if (shown === '…') return true;
  if (shown === null || typeof shown !== 'object') return shown === actual;
  if (actual === null || typeof actual !== 'object' || Array.isArray(shown) !== Array.isArray(actual)) return false;
  const names = Object.keys(shown);
  return (
    names.length === Object.keys(actual).length &&
    names.every(
      (name) =>
        Object.hasOwn(actual, name) &&
        isShown((shown as Record<string, unknown>)[name], (actual as Record<string, unknown>)[name]),
    )
  );
};

/** A block of JSON: valid, and behind a query its answer. */
const compareJson = ({ text }: Block, answer: unknown): void => {
  const shown: unknown = JSON.parse(text);
  if (answer !== undefined && !isShown(shown, answer)) assert.equal(answer, shown);
};

/** What one program or the other takes as its settings, by its own reader. */
const readToml = (block: Block, scene: Scene): void => {
  const text = scene.here(block.text);
  const file = join(folders.folder(), 'settings.toml');
  writeFileSync(file, text, { mode: 0o600 });
  const isClients = ['remote', 'sync', 'local', 'state_dir'].some((name) => name in parse(text));
  if (isClients) readClientConfig({}, { file });
  else readServerConfig({ config: file }, {});
};

const LOOKS_LIKE_A_COMMAND = /^\s*\$?\s*(npm|npx|node|kt-\w+|curl|sudo|systemctl|docker|git) /m;

/** Runs one block; returns the answer where it has one that the page may show next. */
const runBlock = async (block: Block, scene: Scene, before: unknown): Promise<unknown> => {
  if (block.language === 'sh') await runCommands(block, scene);
  else if (block.language === 'json') compareJson(block, before);
  else if (block.language === 'sql')
    return undefined; // sql.test.ts runs it
  else if (isNotRun(block.page, block.text.split('\n')[0]!)) return undefined;
  else if (block.language === 'toml') readToml(block, scene);
  else if (block.language === 'graphql') {
    const { data, errors } = await scene.graphql(scene.here(block.text));
    assert.is(errors, undefined, JSON.stringify(errors));
    return data;
  } else if (block.language === '') assert.not.match(block.text, LOOKS_LIKE_A_COMMAND, 'a command without `sh`');
  else assert.unreachable(`a block of ${block.language}: nothing runs it, and test/docs/not-run.ts has no reason`);
  return undefined;
};

for (const page of pages())
  docs(`${page} can be followed`, async ({ scene }) => {
    if (!scene) return assert.unreachable('there is no scene');
    let answer: unknown;
    for (const block of blocksOf(page)) {
      try {
        answer = await runBlock(block, scene, answer);
      } catch (error) {
        throw new Error(`${whereIs(block)}: ${(error as Error).message}`, { cause: error });
      }
    }
  });

docs('leave out nothing that is not listed, and the list has nothing that is gone', () => {
  assert.equal(
    NOT_RUN.filter((row) => !met.has(row.join())),
    [],
  );
});

docs.run();
