/**
 * Checks the citations of the specification (docs/spec/README.md): each names a page and an anchor that exist, in the
 * one form that can be searched for. Reads text only.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const root = fileURLToPath(new URL('..', import.meta.url));
const SPEC = 'docs/spec/';

/** Names of pages, including those that earlier citations used. */
const OLD = 'sync|aw-rest-api|aw-query|hazards|product|storage|workloads|stack-notes|speed|dashboard|sign-in|style';
const ANCHOR = String.raw`(?:DEV-\d+|C\d+|\d+(?:\.\d+)*)`;

const CITED = new RegExp(String.raw`\bspec/([\w-]+)(?![\w-]*\.md)(?: (${ANCHOR}(?:(?:, | and |–)${ANCHOR})*))?`, 'g');
const LINKED = /\]\(([^)\s]*\.md)?#([\w.-]+)\)/g;

/** What a line must not contain any more, and why. */
const OLD_FORMS: readonly (readonly [RegExp, string])[] = [
  [new RegExp(String.raw`(?<![\w/-])(?:${OLD})\.md\b`), 'names a page by its old name: write `spec/PAGE ANCHOR`'],
  [/\barchitecture\.md section\b/, 'names a section of a page that has none'],
  [/\bsections? \d/i, 'names a section without its page: write `spec/PAGE ANCHOR`'],
  [/(?:^\s*|\s)(?:\/\/|\/?\*+) .*\(\d{1,2}\.\d{1,2}\)/, 'names a section without its page: write `spec/PAGE ANCHOR`'],
  [/\bhazards? C\d/i, 'names a hazard without its page: write `spec/hazards C8`'],
];
const DEVIATION = /\bDEV-\d+\b/g;

const SKIPPED: Readonly<Record<string, string>> = {
  'CHANGELOG.md': 'speaks to readers of releases, who look up a deviation in docs/spec/rest.md',
  'test/citations.test.ts': 'is this file, which holds examples of what is wrong',
};
/**
 * Released migrations keep their comments, because every database has recorded their checksum
 * (server/storage/migrate.ts), and the databases of earlier releases repeat them; generated files repeat what their
 * source says.
 */
const SKIPPED_FOLDERS = /^(?:prisma\/(?:migrations|generated)|test\/upgrades\/[^/]+\/|client\/remote\/generated\.ts)/;

const textFiles = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(?:ts|js|cjs|json|md|prisma|graphql|html|sql|yml)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));

const inRoot = readdirSync(root).filter((name) => /\.(?:md|ts|graphql)$/.test(name));
const files = ['cli', 'client', 'docs', 'domain', 'prisma', 'scripts', 'server', 'test']
  .flatMap(textFiles)
  .concat(inRoot)
  .filter((file) => !Object.hasOwn(SKIPPED, file) && !SKIPPED_FOLDERS.test(file));

const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** The anchors of a page, in their order. */
const anchorsOf = (page: string): string[] => [...page.matchAll(/<a id="([^"]+)"><\/a>/g)].map((match) => match[1]!);

/** Pages of the specification by name, each with its anchors. */
const pages = new Map(
  files
    .filter((file) => file.startsWith(SPEC))
    .map((file) => [basename(file, '.md'), new Set(anchorsOf(read(file)))] as const),
);

/** What is wrong with the citations in a line of `file`. */
const faultsOf = (file: string, line: string): string[] => {
  const faults: string[] = [];
  const must = (page: string, anchor: string): void => {
    const anchors = pages.get(page);
    if (!anchors) faults.push(`spec/${page} is no page`);
    else if (!anchors.has(anchor)) faults.push(`spec/${page} has no ${anchor}`);
  };
  let cited = line;
  for (const [whole, page, list] of line.matchAll(CITED)) {
    if (list === undefined) faults.push(`${whole} names no section on this line`);
    for (const anchor of list?.split(/, | and |–/) ?? []) must(page!, anchor);
    cited = cited.replace(whole, '');
  }
  for (const [whole, path = '', anchor] of line.matchAll(LINKED)) {
    const page = path === '' && file.startsWith(SPEC) ? basename(file, '.md') : basename(path, '.md');
    if (file.startsWith(SPEC) ? !path.includes('/') : path.includes('spec/')) must(page, anchor!);
    cited = cited.replace(whole, ']');
  }
  // The pages themselves say "DEV-3", and link each other by their names.
  if (file.startsWith('docs/')) cited = cited.replace(/\]\([^)]*\)/g, ']').replace(/\[[^\]]*\]/g, '');
  if (file.startsWith(SPEC)) return faults;
  for (const [pattern, why] of OLD_FORMS) if (pattern.test(cited)) faults.push(why);
  for (const [deviation] of cited.matchAll(DEVIATION)) faults.push(`write spec/rest ${deviation}`);
  return faults;
};

const citations = suite('citations of the specification');

citations('lead to a page and an anchor, in one form', () => {
  const faults = files.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, i) => faultsOf(file, line).map((fault) => `${file}:${i + 1}: ${fault}`)),
  );
  assert.equal(faults, []);
});

citations('find what is wrong', () => {
  const wrong: readonly (readonly [string, number])[] = [
    ['// spec/sync 4.3', 0],
    ['// spec/sync 1.5, 6.2 and spec/hazards C8', 0],
    ['// spec/rest DEV-3, DEV-21', 0],
    ['// spec/sign-in 3', 0],
    ['// spec/sync 99.1', 1],
    ['// spec/sync 1.5, 99.1', 1],
    ['// spec/rest DEV-99', 1],
    ['// spec/nothing 1', 1],
    ['// as spec/sync', 1],
    ['// (sync.md 8.3)', 1],
    ['// aw-rest-api.md 3.6', 1],
    ['// DEV-3', 1],
    ['// hazards C8', 1],
    ['// as section 4 says', 1],
    ['// a deletion leaves a tombstone (3.2)', 1],
  ];
  for (const [line, faults] of wrong) assert.is(faultsOf('server/app.ts', line).length, faults, line);
  assert.is(faultsOf('docs/a.md', 'see [it](spec/sync.md#99.1)').length, 1);
  assert.is(faultsOf('docs/spec/sync.md', 'see [it](#99.1)').length, 1);
});

/** A file or folder as prose names it: by its path, or without the folders that the sentence is about. */
const NAMED =
  /`((?:cli|client|docs|domain|prisma|scripts|server|test)\/[\w./-]*|\w[\w./-]*\.(?:[cm]?[jt]s|md|graphql|sql))`/g;
const LINKED_FILE = /\]\((?!\w+:)([^)#\s]+)(?:#[^)]*)?\)/g;
const pagesOfProse = files.filter((file) => file.endsWith('.md'));

/** A decision is cited by its number. */
const isThere = (path: string): boolean =>
  existsSync(join(root, path)) || files.some((file) => file.startsWith(`${path}-`));

/** Lines that speak of what a build writes, and names that stand for any. */
const NOT_HERE = /^.*`dist\/.*$|`[^`]*\bNAME\b[^`]*`/gm;

/** The files that a page names or links, and that do not exist. */
const goneFrom = (page: string, text: string): string[] => [
  ...[...text.replace(NOT_HERE, '').matchAll(NAMED)]
    .map(([, path]) => path!)
    .filter((path) => !isThere(path) && !files.some((file) => file.endsWith(`/${path}`))),
  ...[...text.replace(/`[^`]*`/g, '').matchAll(LINKED_FILE)]
    .map(([, path]) => path!)
    .filter((path) => !isThere(join(dirname(page), path))),
];

citations('go the other way too: files that the pages name or link are there', () => {
  assert.ok(pagesOfProse.length > 20 && pagesOfProse.includes('CONTRIBUTING.md'), 'the pages were found');
  const gone = pagesOfProse.flatMap((page) => goneFrom(page, read(page)).map((path) => `${page}: ${path}`));
  assert.equal(gone, []);
  const wrong = '`server/nothing.ts` `nothing.ts` `rest/nothing.ts` [a](nothing.md) [b](spec/nothing.md#1)';
  assert.is(goneFrom('docs/a.md', wrong).length, 5);
  const right =
    '`server/app.ts` `app.ts` `rest/routes.ts` `docs/decisions/0001` [a](walks.md) [b](https://example.org)';
  assert.equal(goneFrom('docs/a.md', right), []);
});

citations('have a map that shows every folder', () => {
  const map = read('docs/architecture.md');
  const inside = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [`${folder}/${entry.name}`] : [],
    );
  const folders = ['domain', 'server', 'client', 'client/sync', 'test'].flatMap(inside);
  assert.ok(folders.length > 30, 'the folders were found');
  const missing = folders.filter((path) => !map.includes(`\`${path.replace(/^test\//, '')}/\``));
  assert.equal(missing, []);
});

citations('lead a walk from file to file: one without a folder lies in that of the file named before it', () => {
  const walks = read('docs/walks.md').split(/^(?=\d+\. |## )/m);
  assert.ok(walks.length > 30, 'the walks have steps');
  const lost = walks.flatMap((step) => {
    let folder = '';
    return [...step.matchAll(/`([\w./-]+\.ts)`/g)].flatMap(([, path]) => {
      if (path!.includes('/')) folder = dirname(path!);
      return isThere(path!.includes('/') ? path! : join(folder, path!)) ? [] : [`${path} in ${folder}`];
    });
  });
  assert.equal(lost, []);
});

citations('have anchors that stand once, and say what their heading says', () => {
  for (const file of files.filter((name) => name.startsWith(SPEC) && basename(name) !== 'README.md')) {
    const text = read(file);
    const anchors = anchorsOf(text);
    assert.equal(anchors, [...new Set(anchors)], file);
    for (const [, anchor, heading] of text.matchAll(/^#+ <a id="([\d.]+)"><\/a>(\S+)/gm))
      assert.is(heading, anchor, file);
    assert.is(text.match(/^#{2,3} (?!<a id=)/gm), null, `${file}: a heading without an anchor`);
  }
});

citations.run();
