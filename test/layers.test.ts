/**
 * Checks the one-way flow of imports (docs/architecture.md): the table below is its data. Also that no imports are
 * circular, and that every suite is run: uvu silently ignores one without `.run()`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * What a folder may import besides itself: our own folders or files, and packages. Tests, test/ and scripts/ may import
 * anything.
 */
type Rule = {
  readonly folder: string;
  readonly ours: readonly string[];
  readonly packages: RegExp;
  readonly why: string;
};

const NONE = /^$/;
const ANY = /./;
const RULES: readonly Rule[] = [
  {
    folder: 'domain/sync/content-hash.ts',
    ours: ['domain/'],
    packages: /^node:crypto$/,
    why: 'the hash is all that domain has of Node',
  },
  {
    folder: 'domain/closest.ts',
    ours: [],
    packages: /^fastest-levenshtein$/,
    why: 'how far two words are apart is a library',
  },
  { folder: 'domain/', ours: [], packages: /^re2js$/, why: 'domain is pure and stands alone' },
  {
    folder: 'cli/',
    ours: ['domain/'],
    packages: /^(node:|clipanion$|convict$|smol-toml$|string-width$|write-file-atomic$)/,
    why: 'the command line knows neither program',
  },
  {
    folder: 'server/storage/',
    ours: ['domain/', 'prisma/generated/'],
    packages: /^(node:|@electric-sql\/pglite$|@prisma\/|modern-tar\/fs$|pg$|pg-protocol(\/dist\/\w+\.js)?$)/,
    why: 'storage stands on domain',
  },
  {
    folder: 'server/auth/',
    ours: ['domain/', 'server/storage/'],
    packages: /^(node:|cookie$)/,
    why: 'auth stands on storage',
  },
  {
    folder: 'server/resolvers/',
    ours: ['domain/', 'server/storage/', 'server/auth/'],
    packages: NONE,
    why: 'the rules know no API, no file, no process',
  },
  // Runs domain's interpreter in threads. A thread parses pages as storage writes them, but knows no database.
  {
    folder: 'server/query/',
    ours: ['domain/', 'server/storage/event-page.ts'],
    packages: /^node:/,
    why: 'threads know no database and no rules',
  },
  {
    folder: 'server/graphql/builder.ts',
    ours: ['domain/', 'server/resolvers/', 'server/graphql/', 'prisma/generated/pothos.ts'],
    packages: ANY,
    why: 'the builder alone knows what Prisma generated for it',
  },
  {
    folder: 'server/graphql/',
    ours: ['domain/', 'server/auth/', 'server/resolvers/', 'server/http/'],
    packages: ANY,
    why: 'APIs speak to resolvers',
  },
  {
    folder: 'server/rest/',
    ours: ['domain/', 'server/auth/', 'server/resolvers/', 'server/http/'],
    packages: ANY,
    why: 'APIs speak to resolvers',
  },
  {
    folder: 'server/sign-in/',
    ours: ['domain/', 'server/auth/', 'server/resolvers/', 'server/http/'],
    packages: ANY,
    why: 'APIs speak to resolvers',
  },
  {
    folder: 'server/http/',
    ours: ['domain/', 'server/config.ts', 'server/log.ts'],
    packages: ANY,
    why: 'http knows no rules',
  },
  { folder: 'server/config.ts', ours: ['domain/', 'cli/'], packages: ANY, why: 'settings stand alone' },
  {
    folder: 'server/log.ts',
    ours: ['domain/', 'server/http/request-id.ts'],
    packages: ANY,
    why: 'the log knows whose line it is, and nothing else',
  },
  { folder: 'server/owner.ts', ours: ['domain/', 'cli/'], packages: ANY, why: 'the owner stands on its lock' },
  { folder: 'server/', ours: ['domain/', 'cli/', 'server/'], packages: ANY, why: 'the server knows no client' },
  {
    folder: 'client/sync/pull/',
    ours: [
      'domain/',
      'client/sync/push/',
      'client/sync/known-rows.ts',
      'client/sync/plan.ts',
      'client/sync/ports.ts',
      'client/sync/report.ts',
      'client/sync/saved-state.ts',
    ],
    packages: NONE,
    why: 'a pull proves nothing: proofs stand on pushes and pulls',
  },
  { folder: 'client/sync/', ours: ['domain/'], packages: NONE, why: 'sync knows neither HTTP nor files' },
  { folder: 'client/http/', ours: ['domain/'], packages: ANY, why: 'a request knows nothing of what it asks' },
  {
    folder: 'client/aw/',
    ours: ['domain/', 'client/http/', 'client/sync/ports.ts'],
    packages: ANY,
    why: 'an adapter knows its port',
  },
  {
    folder: 'client/remote/',
    ours: ['domain/', 'client/http/', 'client/sync/ports.ts'],
    packages: ANY,
    why: 'an adapter knows its port',
  },
  {
    folder: 'client/state/',
    ours: ['domain/', 'cli/', 'client/sync/ports.ts', 'client/status/pass-record.ts'],
    packages: ANY,
    why: 'an adapter knows its port',
  },
  {
    folder: 'client/daemon/background.ts',
    ours: ['domain/', 'cli/', 'client/'],
    packages: ANY,
    why: 'the daemon runs passes as the commands do',
  },
  { folder: 'client/daemon/', ours: ['domain/', 'client/sync/'], packages: ANY, why: 'the daemon runs the sync' },
  {
    folder: 'client/output/',
    ours: ['domain/', 'cli/', 'client/sync/', 'client/status/'],
    packages: ANY,
    why: 'output shows the sync',
  },
  { folder: 'client/', ours: ['domain/', 'cli/', 'client/'], packages: ANY, why: 'the client knows no server' },
  {
    folder: 'web/vite.config.ts',
    ours: [],
    packages: /^(vite|@sveltejs\/vite-plugin-svelte)$/,
    why: 'what builds the dashboard is none of it',
  },
  {
    folder: 'web/src/data/passkeys.ts',
    ours: ['web/'],
    packages: /^@simplewebauthn\/browser$/,
    why: 'how browsers ask authenticators is a library',
  },
  {
    folder: 'web/',
    ours: ['domain/'],
    packages: /^(svelte|svelte\/.*|@tanstack\/svelte-query|@graphql-typed-document-node\/core|d3-.*)$/,
    why: 'the dashboard knows the server by its schema alone',
  },
];

const isTest = (file: string) => file.endsWith('.test.ts') || file.startsWith('client/testing/');

const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|svelte)$/.test(entry.name))
    .filter(({ parentPath }) => !/generated|node_modules/.test(parentPath))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));

const files = ['domain', 'cli', 'server', 'client', 'web', 'scripts', 'test'].flatMap(sources);
const textOf = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));

/**
 * What a file imports: `ours` as paths from the root, packages by name. Imports of types count too, except for circles.
 */
const importsOf = (file: string, types = true): { ours: string[]; packages: string[] } => {
  const text = types ? textOf.get(file)! : textOf.get(file)!.replace(/^(?:import|export) type [^;]*;/gm, '');
  const found = [
    ...text.matchAll(/^\s*(?:import|export)\s[^'"]*?from\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\('([^']+)'\)/gm),
  ].map((match) => (match[1] ?? match[2] ?? match[3])!);
  return {
    ours: found.filter((name) => name.startsWith('.')).map((name) => normalize(join(dirname(file), name))),
    packages: found.filter((name) => !name.startsWith('.')),
  };
};

const layers = suite('layers');

layers('keeps its one-way flow of imports', () => {
  const offences: string[] = [];
  for (const file of files.filter((name) => !isTest(name))) {
    const rule = RULES.find(({ folder }) => file.startsWith(folder));
    if (!rule) continue;
    const { ours, packages } = importsOf(file);
    for (const path of ours) {
      if (!path.startsWith(rule.folder) && !rule.ours.some((allowed) => path.startsWith(allowed)))
        offences.push(`${file} imports ${path}; ${rule.why}`);
    }
    for (const name of packages) if (!rule.packages.test(name)) offences.push(`${file} imports ${name}; ${rule.why}`);
  }
  assert.equal(offences, []);
});

layers('keeps clocks, chance and the process out of domain, the rules and both APIs', () => {
  const impure = /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\.|\bperformance\.now\b|\bsetTimeout\b/;
  const pure = files.filter(
    (file) =>
      !isTest(file) &&
      /^(domain|server\/(resolvers|graphql|rest)|client\/sync)\//.test(file) &&
      // Its clock says when others have their turn, and nothing of what is answered.
      file !== 'server/resolvers/yield-to-others.ts',
  );
  assert.equal(
    pure.filter((file) => impure.test(textOf.get(file)!.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ''))),
    [],
  );
});

layers('has one reader of the environment on each side', () => {
  // client/context.ts passes it to config.ts, as clipanion's context does on the server.
  const readers = files.filter(
    (file) =>
      /^(server|client|cli|domain)\//.test(file) &&
      !isTest(file) &&
      file !== 'client/context.ts' &&
      /process\.env/.test(textOf.get(file)!),
  );
  assert.equal(readers, []);
});

layers('has its version in package.json alone', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const copy = new RegExp(`(?<![\\d.])${version.replaceAll('.', '\\.')}(?![\\d.])`);
  // The oldest version that works with the other side stays as it is when the version moves on.
  const isCode = (file: string) => !isTest(file) && !file.startsWith('test/') && file !== 'domain/versions.ts';
  assert.equal(
    files.filter((file) => isCode(file) && copy.test(textOf.get(file)!)),
    [],
  );
});

layers('has no circles at run time', () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) return void circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
    if (done.has(file) || !textOf.has(file)) return;
    for (const next of importsOf(file, false).ours) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  assert.equal(circles, []);
});

layers('runs every suite it has', () => {
  const silent = files.filter((file) => {
    if (!file.endsWith('.test.ts')) return false;
    const text = textOf.get(file)!;
    const suites = [...text.matchAll(/\b(?:const|let) (\w+) = suite\b/g)].map((match) => match[1]!);
    return !text.includes('.run();') || suites.some((name) => !text.includes(`${name}.run();`));
  });
  assert.equal(silent, []);
});

layers.run();
