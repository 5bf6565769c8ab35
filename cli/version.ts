import { readFileSync } from 'node:fs';

const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');

/** The version of both programs, which are released together: it is only in `package.json`. */
export const { version: VERSION } = JSON.parse(text) as { readonly version: string };
