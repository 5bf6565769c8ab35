/** The pages that people read, cut into blocks, code spans, links and anchors. Reads text only. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Those that are run first: the answers of the third are those of what the first two leave behind. */
const FIRST = ['README.md', 'docs/getting-started.md', 'docs/graphql-by-example.md'];

/** README.md and the pages of docs/, in the order in which they are run. */
export const pages = (): string[] => [
  ...FIRST,
  ...readdirSync(`${root}/docs`)
    .filter((name) => name.endsWith('.md') && !FIRST.includes(`docs/${name}`))
    .sort()
    .map((name) => `docs/${name}`),
];

export type Block = { readonly page: string; readonly line: number; readonly language: string; readonly text: string };

const readPage = (page: string): string => readFileSync(`${root}/${page}`, 'utf8');

/** The fenced blocks of a page, in order. */
export const blocksOf = (page: string): Block[] => {
  const text = readPage(page);
  return [...text.matchAll(/^( *)```(\w*)\n([\s\S]*?)\n\1```$/gm)].map((match) => ({
    page,
    line: text.slice(0, match.index).split('\n').length,
    language: match[2]!,
    text: match[3]!.replaceAll(new RegExp(`^${match[1]}`, 'gm'), ''),
  }));
};

/** A page without its fenced blocks. */
export const proseOf = (page: string): string => readPage(page).replace(/^( *)```[\s\S]*?\n\1```$/gm, '');

/** The names that GitHub gives to a page's headings, and those that the page itself gives. */
export const anchorsOf = (page: string): Set<string> => {
  const prose = proseOf(page);
  const headings = [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .replace(/<[^>]*>/g, '')
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set([...headings, ...[...prose.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id!)]);
};
