import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ask, askInVain } from '../../../test/query/ask.ts';

const faults: [string, string][] = [
  ['a = ;', 'line 1, column 5: expected a value, found ";"'],
  ['a = b c;', 'line 1, column 7: expected an operator or ";", found the name c'],
  ['1 = 2;', 'line 1, column 1: expected a name before "=", found the value 1'],
  ['f(x) = 2;', 'line 1, column 1: expected a name before "=", found a call'],
  ['a + b = 2;', 'line 1, column 7: expected an operator or ";", found "="'],
  ['x = [1, 2,];', 'line 1, column 11: expected a value, found "]"'],
  ['x = [1 2];', 'line 1, column 8: expected "," or "]", found the number 2'],
  ['x = [1,\n  2', 'line 2, column 4: expected "," or "]", found the end of the program'],
  ['x = {key: 1};', 'line 1, column 6: expected a string as key, found the name key'],
  ['x = {"k" 1};', 'line 1, column 10: expected ":", found the number 1'],
  ['x = {"k": 1,};', 'line 1, column 13: expected a string as key, found "}"'],
  ['x = f(1,);', 'line 1, column 9: expected a value, found ")"'],
  ['x = (1', 'line 1, column 7: expected an operator or ")", found the end of the program'],
  ['x = 1);', 'line 1, column 6: expected an operator or ";", found ")"'],
  ['x = 1; }', 'line 1, column 8: expected a statement, found "}"'],
  ['x = --1;', 'line 1, column 6: expected a number behind "-", found "-"'],
  ['x = -a;', 'line 1, column 6: expected a number behind "-", found the name a'],
  ['return 1 = 2;', 'line 1, column 8: expected a name before "=", found the value 1'],
  ['x = 1e5;', 'line 1, column 6: expected an operator or ";", found the name e5'],
  ['x = .5;', 'line 1, column 5: "." has no meaning here, outside a string'],
  ['x = a[0];', 'line 1, column 6: expected an operator or ";", found "["'],
  ['x = 1 < 2;', 'line 1, column 7: "<" has no meaning here, outside a string'],
  ['x = "abc;\n', 'line 1, column 5: this string is never closed: expected " before the end'],
  [
    'x = "a\\"',
    'line 1, column 5: this string is never closed: expected " before the end (the last quote is behind a ' +
      'backslash, and so does not close it)',
  ],
  ['if = 1;', 'line 1, column 4: expected a value, found "="'],
  ['x = else;', 'line 1, column 5: expected a value, found the reserved word else'],
  ['True = 1;', 'line 1, column 1: expected a name before "=", found the value true'],
  ['if true { x = 1; ', 'line 1, column 18: expected a statement or "}", found the end of the program'],
  ['if true x = 1;', 'line 1, column 9: expected "{", found the name x'],
  ['else { }', 'line 1, column 1: expected a value, found the reserved word else'],
  [`x = ${'9'.repeat(400)};`, 'line 1, column 5: this number is too large'],
  ['# only a comment', 'line 1, column 17: nothing was assigned to RETURN: expected a statement like RETURN = events;'],
];

const answers: [string, unknown][] = [
  ['RETURN = 007;', 7],
  ["RETURN = ['it\\'s', \"it's\", 'a\\\"'];", ["it's", "it's", 'a\\"']],
  ['RETURN = "two\nlines"', 'two\nlines'],
  ['größe_2 = 1; RETURN = größe_2', 1],
  ['iffy = 3; RETURN = iffy;;', 3],
  ['RETURN = {"__proto__": 1, "a": 1, "a": 2};', JSON.parse('{"__proto__": 1, "a": 2}')],
  ['if false { RETURN = 1 } elif 1 == 2 { RETURN = 2 } else { return 3 }', 3],
  ['return 1; RETURN = 2;# done', 2],
  ['RETURN = 2 - (1 - 1) # done', 2],
  ['RETURN = ((1)) == 1', true],
];

const parsing = suite('the parser');

for (const [program, message] of faults) {
  parsing(`refuses ${program.slice(0, 40)}`, async () =>
    assert.is(await askInVain(program), `QueryParseException: ${message}`),
  );
}
for (const [program, value] of answers)
  parsing(`takes ${program}`, async () => assert.equal(await ask(program), value));

parsing.run();
