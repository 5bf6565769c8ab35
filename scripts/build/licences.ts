/** The licence texts of the packages that are inside of what was built. */
import { readdir, readFile } from 'node:fs/promises';
import type { Metafile } from 'esbuild';
import { at } from './bundle.ts';

const TEXT = /^(licen[cs]e|copying|notice)([-.].*)?$|licen[cs]e(\.(txt|md))?$/i;

/** For packages that say they are under it, and leave the text out. */
const MIT = (holder: string): string => `The MIT License

Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

type Package = {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: unknown;
};

/** The files that are inside of what was built. */
export const filesIn = (metafile: Metafile): string[] =>
  Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));

/** The folders of the packages that they come from, of each package's every version. */
const foldersOf = (files: readonly string[]): string[] => {
  const folders = files.flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  return [...new Set(folders)].sort();
};

/** One text for all packages of these files. Fails where a package has no text, and none is known. */
export const licencesOf = async (files: readonly string[]): Promise<string> => {
  const parts = await Promise.all(foldersOf(files).map(licenceOf));
  const all = new Map(parts.map(({ title, text }) => [title, text]));
  const list = [...all].sort(([a], [b]) => (a < b ? -1 : 1));
  return `What follows are the licences of the packages that are inside of this one.\n\n${list
    .map(([title, text]) => `${'-'.repeat(80)}\n${title}\n\n${text}\n`)
    .join('\n')}`;
};

const licenceOf = async (folder: string): Promise<{ title: string; text: string }> => {
  const about = JSON.parse(await readFile(at(folder, 'package.json'), 'utf8')) as Package;
  const names = (await readdir(at(folder))).filter((name) => TEXT.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(at(folder, name), 'utf8')));
  const title = `${about.name} ${about.version} (${about.license})`;
  if (texts.length > 0) return { title, text: texts.map((text) => text.replaceAll('\r\n', '\n').trim()).join('\n\n') };
  if (about.license !== 'MIT') throw new Error(`${folder} has no licence text: find it, and say here where it is`);
  const holder = typeof about.author === 'string' ? about.author.replace(/ *<.*/, '') : `the authors of ${about.name}`;
  return { title, text: MIT(holder) };
};
