/** Questions to the person at the terminal. Behind an interface, so that a test can answer them. */
import { KtError } from '../../domain/errors.ts';

type Choice<Value> = { readonly name: string; readonly value: Value };

export type Asker = {
  text(question: string, options?: { default?: string; check?: (answer: string) => true | string }): Promise<string>;
  /** The typed text is not shown. */
  secret(question: string): Promise<string>;
  yes(question: string, byDefault: boolean): Promise<boolean>;
  choose<Value>(question: string, choices: readonly Choice<Value>[]): Promise<Value>;
};

/** The person pressed Ctrl-C instead of answering. */
export class Cancelled extends KtError {
  constructor(cause?: unknown) {
    super('invalid', 'cancelled, and nothing was changed', {}, { cause });
  }
}

/** Loaded only for a question: the other commands start faster without it. */
const inquirer = () => import('./inquirer.ts');

/** The answer. Fails with `Cancelled` on Ctrl-C. */
const answered = async <T>(answer: Promise<T>): Promise<T> => {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.name === 'ExitPromptError') throw new Cancelled(error);
    throw error;
  }
};

export const askTerminal: Asker = {
  async text(message, { default: byDefault, check } = {}) {
    const { input } = await inquirer();
    const options = {
      message,
      ...(byDefault === undefined ? {} : { default: byDefault }),
      ...(check ? { validate: (text: string) => check(text.trim()) } : {}),
    };
    return (await answered(input(options))).trim();
  },
  async secret(message) {
    const { password } = await inquirer();
    return (await answered(password({ message, mask: '*' }))).trim();
  },
  async yes(message, byDefault) {
    const { confirm } = await inquirer();
    return answered(confirm({ message, default: byDefault }));
  },
  async choose(message, choices) {
    const { select } = await inquirer();
    return answered(select({ message, choices: [...choices] }));
  },
};
