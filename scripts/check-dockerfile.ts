/** What an engine would refuse in the Dockerfile, or warn of. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { validate, ValidationSeverity } from 'dockerfile-utils';

/** The faults of a Dockerfile's text, each with its line (from 1). */
export const faultsInDockerfile = (text: string): string[] =>
  validate(text, { instructionJSONInSingleQuotes: ValidationSeverity.ERROR }).map(
    ({ range, message }) => `${range.start.line + 1}: ${message}`,
  );

/** One message per fault of ours; empty when there is none. */
export const dockerfileFaults = (): string[] =>
  faultsInDockerfile(readFileSync(fileURLToPath(new URL('../Dockerfile', import.meta.url)), 'utf8')).map(
    (fault) => `Dockerfile:${fault}`,
  );
