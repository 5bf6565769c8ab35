/** What an engine would refuse in the Dockerfile, or warn of. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { validate, ValidationSeverity, type ValidatorSettings } from 'dockerfile-utils';

/** What the library only looks for when it is told to. */
const SETTINGS: ValidatorSettings = {
  deprecatedMaintainer: ValidationSeverity.ERROR,
  directiveCasing: ValidationSeverity.ERROR,
  emptyContinuationLine: ValidationSeverity.ERROR,
  instructionCasing: ValidationSeverity.ERROR,
  instructionCmdMultiple: ValidationSeverity.ERROR,
  instructionEntrypointMultiple: ValidationSeverity.ERROR,
  instructionHealthcheckMultiple: ValidationSeverity.ERROR,
  instructionJSONInSingleQuotes: ValidationSeverity.ERROR,
  instructionWorkdirRelative: ValidationSeverity.ERROR,
};

/** The faults of a Dockerfile's text, each with its line (from 1). */
export const faultsInDockerfile = (text: string): string[] =>
  validate(text, SETTINGS).map(({ range, message }) => `${range.start.line + 1}: ${message}`);

/** One message per fault of ours; empty when there is none. */
export const dockerfileFaults = (): string[] =>
  faultsInDockerfile(readFileSync(fileURLToPath(new URL('../Dockerfile', import.meta.url)), 'utf8')).map(
    (fault) => `Dockerfile:${fault}`,
  );
