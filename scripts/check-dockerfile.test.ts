import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { dockerfileFaults, faultsInDockerfile } from './check-dockerfile.ts';

const check = suite('the check of the Dockerfile');

for (const [what, text, fault] of [
  ['an instruction that there is not', 'FROM node:24\nCOPPY . .', '2: Unknown instruction: COPPY'],
  ['a flag that there is not', 'FROM node:24\nCOPY --form=build /a /b', '2: Unknown flag: form'],
  ['a second entry', 'FROM node:24\nENTRYPOINT ["a"]\nENTRYPOINT ["b"]', 'There can only be one ENTRYPOINT'],
  ['a list in single quotes', "FROM node:24\nENTRYPOINT ['a']", 'single quotes'],
  ['a duration without a unit', 'FROM node:24\nHEALTHCHECK --timeout=5 CMD ["a"]', 'missing unit in duration'],
] as const)
  check(`finds ${what}`, () => assert.match(faultsInDockerfile(text).join('\n'), fault));

check('finds nothing in ours', () => assert.equal(dockerfileFaults(), []));

check.run();
