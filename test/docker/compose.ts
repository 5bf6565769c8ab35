/** Compose files as an engine reads them, as far as a test needs it: variables filled in, then YAML. */
import { parse } from 'yaml';

type Service = {
  readonly image?: string;
  readonly build?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly (string | { readonly target: number; readonly host_ip: string })[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[] };
  readonly configs?: readonly { readonly source: string }[];
};

export type Compose = {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly configs?: Readonly<Record<string, { readonly content: string }>>;
};

/** `${NAME}`, `${NAME:-default}` and `${NAME:?what to do}`. */
const VARIABLE = /\$\{(\w+)(?::([-?])([^}]*))?\}/g;

/** The variables that a file asks for, and what it says where one is missing. */
export const variablesOf = (text: string): { name: string; otherwise: string | undefined; words: string }[] =>
  [...text.matchAll(VARIABLE)].map(([, name = '', otherwise, words = '']) => ({ name, otherwise, words }));

/** Reads a file with these variables. Fails with the file's own words where one is missing. */
export const readCompose = (text: string, variables: Readonly<Record<string, string>>): Compose =>
  parse(
    text.replace(VARIABLE, (whole, name: string, otherwise: string | undefined, words: string | undefined) => {
      const value = variables[name];
      if (value) return value;
      if (otherwise !== '-') throw new Error(`${name}: ${words ?? `${whole} has no default`}`);
      return words ?? '';
    }),
  ) as Compose;
