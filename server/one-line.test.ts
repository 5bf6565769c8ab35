import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { oneLine } from './one-line.ts';

const lines = suite('an error in one line');

const CASES: [name: string, error: unknown, line: string][] = [
  ['as it is', new Error('the port is taken'), 'the port is taken'],
  ['its first line, where others explain it', new Error('bad file\n  at line 3\n'), 'bad file'],
  [
    'the reason of Prisma’s',
    new Error(
      '\nInvalid `prisma.user.findFirst()` invocation:\n\n\nThe table `public.users` does not exist in the ' +
        'current database.',
    ),
    'The table `public.users` does not exist in the current database.',
  ],
  ['one that begins with blanks', new Error('  \n\n'), 'it failed, and gave no reason'],
  [
    'the first of several',
    new AggregateError([new Error('connect ECONNREFUSED ::1:5432'), new Error('other')]),
    'connect ECONNREFUSED ::1:5432',
  ],
  ['a code without words', Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  ['no error at all', 'thrown text', 'thrown text'],
  ['nothing', undefined, 'undefined'],
];
for (const [name, error, line] of CASES) lines(name, () => assert.is(oneLine(error), line));

lines.run();
