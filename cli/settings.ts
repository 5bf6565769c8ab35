/** Settings in layers, as both programs read them: flags over the environment over a file over defaults. */
import convict from 'convict';

export type Layers = {
  /** What the file says, as a tree of the schema's shape. */
  readonly file: object;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** By the name of the setting; undefined means not given. */
  readonly flags?: Readonly<Record<string, string | undefined>> | undefined;
};

/** The settings in force, by a convict schema; not checked yet. An empty variable counts as not set. */
export const layered = <Config>(schema: object, { file, env = {}, flags = {} }: Layers): convict.Config<Config> => {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value));
  const settings = convict<Config>(schema as convict.Schema<Config>, { args: [], env: set });
  settings.load(file);
  for (const [name, value] of Object.entries(flags))
    if (value !== undefined) settings.set(name as never, value as never);
  return settings;
};

/**
 * The first setting that convict refuses, and why in its words: it names all of them at once. Null if all are right.
 */
export const firstFault = (settings: {
  validate(options: convict.ValidateOptions): unknown;
}): { readonly name: string; readonly why: string } | null => {
  try {
    settings.validate({ allowed: 'strict' });
    return null;
  } catch (error) {
    const [line = ''] = (error as Error).message.split('\n', 1);
    const [, name = '', why = line] = /^([\w.]+)(?:: (.*))?$/.exec(line) ?? [];
    return { name, why };
  }
};
