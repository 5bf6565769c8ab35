/** The tables of docs/settings.md, from the two programs' schemas. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SCHEMA as CLIENT } from '../client/config/settings.ts';
import { ServeCommand } from '../server/commands/serve.ts';
import { inFile, SCHEMA as SERVER } from '../server/config.ts';

export const SETTINGS_PAGE = fileURLToPath(new URL('../docs/settings.md', import.meta.url));

type Setting = {
  readonly doc: string;
  readonly format: unknown;
  readonly default: unknown;
  readonly env: string;
};

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);

const code = (text: string): string => (text === '' ? '' : `\`${text}\``);

/** A default as a file or a variable has it. */
const shownDefault = (value: unknown): string => {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return code(Array.isArray(value) ? value.join(',') : String(value));
};

/** What a setting is for, and its choices where there are just a few. */
const purpose = ({ doc, format }: Setting): string => {
  const isTold = Array.isArray(format) && format.every((choice) => doc.includes(String(choice)));
  const choices = Array.isArray(format) && !isTold ? ` One of ${format.map(code).join(', ')}.` : '';
  return `${doc}${choices}`.replaceAll('|', String.raw`\|`).replaceAll('*', String.raw`\*`);
};

const serverTable = (): string[] => {
  const flags = Object.keys(new ServeCommand().flags());
  const rows = Object.entries(SERVER).map(([key, setting]) => [
    key === 'dataDir' ? '' : code(inFile(key)), // it says where the file is, and so can't be in it
    code(setting.env),
    flags.includes(key) ? code(`--${inFile(key).replaceAll('_', '-')}`) : '',
    shownDefault(setting.default),
    purpose(setting),
  ]);
  return table(['in `kt-server.toml`', 'variable', 'flag', 'default', ''], rows);
};

const clientTable = (): string[] => {
  const { state_dir, ...groups } = CLIENT;
  const rows = Object.entries(groups).flatMap(([group, settings]) =>
    Object.entries(settings as Record<string, Setting>).map(([name, setting]): [string, Setting] => [
      `${group}.${name}`,
      setting,
    ]),
  );
  return table(
    ['in `config.toml`', 'variable', 'default', ''],
    [['state_dir', state_dir] as [string, Setting], ...rows].map(([name, setting]) => [
      code(name),
      code(setting.env),
      shownDefault(setting.default),
      purpose(setting),
    ]),
  );
};

/** The page as it should be: as it is, with both tables printed anew between their markers. */
export const settingsPage = (page = readFileSync(SETTINGS_PAGE, 'utf8')): string =>
  Object.entries({ server: serverTable, client: clientTable }).reduce((text, [name, print]) => {
    const [begin, end] = [`<!-- ${name}: printed by npm run generate -->`, `<!-- end of ${name} -->`];
    const [before, rest] = text.split(begin);
    const after = rest?.split(end)[1];
    if (before === undefined || after === undefined) throw new Error(`docs/settings.md lacks ${begin} or ${end}`);
    return `${before}${begin}\n\n${print().join('\n')}\n\n${end}${after}`;
  }, page);
