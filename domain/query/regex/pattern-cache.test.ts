import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DEFAULT_LIMITS, makeMeter } from '../limits.ts';
import { parsePattern } from './parse-pattern.ts';
import { PatternError, withoutIdleAtoms } from './pattern.ts';
import { patternToRe2 } from './pattern-to-re2.ts';
import { compileProgram } from './program.ts';
import { makePatternCache } from './pattern-cache.ts';
import { search } from './search.ts';

// Its clock stands still: it is made when the file is loaded, and other suites may come first.
const meter = makeMeter(DEFAULT_LIMITS, () => 0);

/** Pattern, text, and whether `re.search` of CPython 3.11 finds it. */
const cases: [string, string, boolean][] = [
  ['firefox', 'Mozilla Firefox', false],
  ['(?i)FIRE', 'Mozilla Firefox', true],
  ['(?i:m)OZ', 'Mozilla', false],
  ['(?i:m)oz', 'Mozilla', true],
  ['a(?-i:B)c', 'abc', false],
  ['^\\w+$', 'Z\u00fcrich', true],
  ['^\\w$', '\u65e5', true],
  ['^\\d$', '\u0663', true],
  ['^\\d$', '\u00b2', false],
  ['^\\w$', '\u00b2', true],
  ['\\s', 'a\u00a0b', true],
  ['^\\S+$', 'a\u2003b', false],
  ['^[^\\S\\n]$', '\u3000', true],
  ['^[^\\W\\d]+$', '\u00e9_', true],
  ['[\\W]', '\u00e9', false],
  ['[\\W]', '\u2013', true],
  ['\\bCaf\u00e9\\b', 'Z\u00fcrich Caf\u00e9 \u2013', true],
  ['rich\\b', 'Z\u00fcrich', true],
  ['\\brich', 'Z\u00fcrich', false],
  ['\\B\u00e9', 'Caf\u00e9', true],
  ['\\B', '', false],
  ['end$', 'the end\n', true],
  ['end\\Z', 'the end\n', false],
  ['end$\\n', 'the end\n', true],
  ['(?m)^b$', 'a\nb\nc', true],
  ['^b$', 'a\nb\nc', false],
  ['a.b', 'a\nb', false],
  ['(?s)a.b', 'a\nb', true],
  ['a.b', 'a\rb', true],
  ['a.b', 'a\u2028b', true],
  ['^.$', '\ud83d\ude00', true],
  ['\\u00e9', '\u00e9', true],
  ['^..$', '\ud83d\ude00', false],
  ['\\U0001f600', '\ud83d\ude00', true],
  ['[\\u00e0-\\u00ff]', '\u00e9', true],
  ['\\x41', 'A', true],
  ['\\101', 'A', true],
  ['\\0', '\u0000', true],
  ['^a{,3}$', 'aaa', true],
  ['^a{,3}$', 'aaaa', false],
  ['a{2', 'a{2', true],
  ['{', '{', true],
  ['a{}', 'a{}', true],
  ['}]', '}]', true],
  ["\\-\\ \\#\\'\\_", "- #'_", true],
  ['^[]a]+$', ']a', true],
  ['[[]', '[', true],
  ['[[:alpha:]]', 'a]', true],
  ['[a&&b]', '&', true],
  ['[a-]', '-', true],
  ['[\\b]', '\b', true],
  ['[^]a]', ']', false],
  ['^(?!my)(?=.*fox)', 'firefox', true],
  ['^(?!my)(?=.*fox)', 'my firefox', false],
  ['(?<=fire)fox', 'firefox', true],
  ['(?<!fire)fox', 'firefox', false],
  ['(\\w)\\1', 'hello', true],
  ['(?P<c>\\w)(?P=c)', 'helo', false],
  ['(?P<c>\\w)(?P=c)', 'hello', true],
  ['(a)|b\\1', 'b', false],
  ['(?i)(a)\\1', 'aA', true],
  ['(?#note)a', 'a', true],
  ['x{1001}', 'x'.repeat(1001), true],
  ['x{1001}', 'x'.repeat(1000), false],
  ['(?i)\u00df', '\u1e9e', true],
  ['(?i)\u03c3', '\u03c2', true],
  ['(?i)\u03a3', '\u03c2', true],
  ['(?i)k', '\u212a', true],
  ['(?i)stra\u00dfe', 'STRASSE', false],
  ['a|', 'zzz', true],
  ['', 'x', true],
  ['(?:)*', 'x', true],
  ['(a*)*b', 'aab', true],
  ['(?:a|(?=b))*c', 'aac', true],
  ['^(?:\\b\\w)+', 'ab', true],
  ['C\\+\\+', 'C++', true],
  ['\\.\\w{2,3}$', 'a.js', true],
  ['\\d+\\.\\d', 'FPS: 59.9', true],
  ['[\\w\\s]+-\\s', 'main - ', true],
  ['a??b', 'ab', true],
  ['(?<=\\bfoo)bar', 'foobar', true],
  ['C++', 'Visual C', true],
  ['Notepad++', 'Notepad++', true],
  ['a++a', 'aaa', false],
  ['a++b', 'aab', true],
  ['a*+a', 'aaa', false],
  ['a?+a', 'a', false],
  ['a?+a', 'aa', true],
  ['a{1,2}+a', 'aa', false],
  ['a{1,2}+a', 'aaa', true],
  ['a{2}+a', 'aaa', true],
  ['a{,2}+b', 'aab', true],
  ['(?:foo)++bar', 'foofoobar', true],
  ['.*+b', 'aab', false],
  ['^(?>a|ab)c', 'abc', false],
  ['^(?>ab|a)c', 'abc', true],
  ['^(?>a+?)b', 'aab', false],
  ['^(?>a+?)a', 'aab', true],
  ['(?>foo|foobar)$', 'foobar', false],
  ['(?>a*)ab', 'aaab', false],
  ['x(?>a*|b)c', 'xaac', true],
  ['(?>(a)|b)\\1', 'aa', true],
  ['(?>(a)|b)\\1', 'ba', false],
  ['(?<!x)(?>abc)', 'xabc', false],
  ['(?=(?>a|ab)c)abc', 'abc', false],
  ['(?<=(?>ab))c', 'abc', true],
  ['(?:(?>a+)b)+c', 'aabaabc', true],
  ['^(?:a|ab)(?:c|bcd)++d', 'abcd', true],
  ['^(a)?(?(1)b|c)$', 'ab', true],
  ['^(a)?(?(1)b|c)$', 'c', true],
  ['^(a)?(?(1)b|c)$', 'ac', false],
  ['^(a)?(?(1)b)$', 'ab', true],
  ['^(a)?(?(1)b)$', 'a', false],
  ['^(?P<q>")?x(?(q)"|)$', '"x"', true],
  ['^(?P<q>")?x(?(q)"|)$', '"x', false],
  ['^(?(1)b|c)(a)?', 'ca', true],
  ['^(?(2)b|c)(a)?(x)?', 'bax', false],
  ['(?x) foo bar', 'foobar', true],
  ['(?x)foo\\ bar', 'foo bar', true],
  ['(?x)foo[ ]bar', 'foo bar', true],
  ['(?x)a + b', 'aab', true],
  ['(?x)a {2}', 'aa', true],
  ['(?x)foo # the rest', 'foo', true],
  ['(?x)[#]\\#', '##', true],
  ['(?x:f o o) bar', 'foo bar', true],
  ['(?x)f(?-x: )o', 'f o', true],
  ['a(?#note)+b', 'aab', true],
  ['(?x)a # note)', 'a', true],
  ['\\Aab\\Z', 'ab', true],
  ['(?:(a)|b)*\\1', 'aba', true],
  ['^(?:(a)|b)+(?(1)c|d)$', 'abc', true],
  ['((a)|b)++(?(2)c|d)', 'abc', true],
  ['(?>(?:a?)*)b', 'aab', true],
  ['(a)(?<=\\1)b', 'ab', true],
  ['(?>a*?)b', 'aab', true],
  ['^(?>a*?)b', 'aab', false],
  ['(?>a|b)*+c', 'abac', true],
  ['(?i:(?>A+))b', 'aab', true],
  ['(?>)x', 'x', true],
  ['(\\w)(?!\\1)', 'aab', true],
  ['(?:a(?>b|bc))+d', 'abcabd', true],
];

/** What Rust's engine takes and CPython does not: its verdicts (spec/query 4). */
const ofRust: [string, string, boolean][] = [
  ['\\p{L}', 'é', true],
  ['\\pL', '1', false],
  ['\\P{L}', 'é', false],
  ['^\\p{Lu}$', 'a', false],
  ['(?i)^\\p{Lu}$', 'a', true],
  ['(?i)^\\P{Lu}$', 'a', false],
  ['(?i)^[\\P{Lu}x]$', 'X', true],
  ['(?i)^[^\\P{Lu}]$', 'a', true],
  ['\\p{Han}', '日', true],
  ['\\p{Script=Cyrillic}', 'д', true],
  ['^\\P{sc=Greek}+$', 'abc', true],
  ['[\\p{Greek}\\p{Nd}]', 'λ', true],
  ['[^\\p{L}]', 'abc', false],
  ['\\p{Cn}', '\u0378', true],
  ['x\\z', 'x\n', false],
  ['x\\z', 'x', true],
  ['\\x{e9}\\u{1F600}', 'é😀', true],
  ['[\\x{41}-\\x{43}]', 'B', true],
  ['(?<n>a)(?P=n)', 'aa', true],
  ['foo(?i)bar', 'fooBAR', true],
  ['foo(?i)bar', 'FOObar', false],
  ['(?:f(?i)OO|c)x', 'fooX', false],
  ['x|(?i)foo|c', 'C', true],
  ['(?i)foo(?-i)B', 'FOOb', false],
  ['(.+|c){2}+', 'aa', true],
  ['(?:a|ab){1,2}+c', 'aabc', false],
];

/** What is refused, and the place that is named: a character, from 1. */
const refused: [string, number][] = [
  ['(', 1],
  [')', 1],
  ['ab)', 3],
  ['*a', 1],
  ['vim|*', 5],
  ['a**', 3],
  ['a+*', 3],
  ['a+++', 4],
  ['a{2}{3}', 5],
  ['a{2}+{2}', 6],
  ['a{3,2}', 2],
  ['^*', 2],
  ['\\b+', 3],
  ['{2}', 1],
  ['[a', 1],
  ['[z-a]', 5],
  ['[\\w-z]', 6],
  ['\\e', 1],
  ['a\\', 2],
  ['\\u12', 1],
  ['[\\8]', 2],
  ['\\400', 1],
  ['\\x{110000}', 1],
  ['\\x{}', 1],
  ['\\1', 1],
  ['(a\\1)', 3],
  ['😀(a\\1)', 4],
  ['(?<=a+)b', 1],
  ['(?<=a|bc)x', 1],
  ['(?<=a++)b', 1],
  ['x(?<=(a)\\1)b', 9],
  ['(?P<a>x)(?P<a>y)', 9],
  ['(?P=a)', 1],
  ['(?P<1>x)', 1],
  ['(?>a', 1],
  ['(?(1)a', 1],
  ['(?(0)a)', 1],
  ['x(?(9)a|b)', 2],
  ['(?(q)a)', 1],
  ['(?(1x)a)', 1],
  ['(a)?(?(1)a|b|c)', 5],
  ['(?x)( ?:a)', 7],
  ['(?x)a + +', 9],
  ['(?x)a+ ?+', 8],
  ['(?R)', 1],
  ['(?|a)', 1],
  ["(?'n'a)", 1],
  ['(?P>n)', 1],
  ['\\K', 1],
  ['\\G', 1],
  ['\\h', 1],
  ['\\R', 1],
  ['\\X', 1],
  ['\\k<n>', 1],
  ['\\g<n>', 1],
  ['\\N{BULLET}', 1],
  ['\\p{Foo}', 1],
  ['\\p{Letter}', 1],
  ['\\p{L', 1],
  ['\\pX', 1],
  ['[\\p{}]', 2],
  ['(?Z)', 3],
  ['(?U)a', 3],
  ['(?a)\\w', 3],
  ['(?L)a', 3],
  ['(?-u)a', 4],
  ['(?)', 3],
  ['(?i-:a)', 5],
];

const patterns = suite('patterns');

for (const [pattern, text, found] of [...cases, ...ofRust]) {
  patterns(`${JSON.stringify(pattern)} is ${found ? '' : 'not '}found in ${JSON.stringify(text.slice(0, 20))}`, () => {
    assert.is(makePatternCache().compile(pattern, false, meter)(text), found, 'by whatever engine serves it');
    assert.is(search(compileProgram(parsePattern(pattern, false)), text, meter.tick), found, 'by our own search');
  });
}

for (const [pattern, position] of refused) {
  patterns(`${JSON.stringify(pattern)} is refused, with a reason and its place`, () => {
    try {
      makePatternCache().compile(pattern, false, meter);
      assert.unreachable('must be refused');
    } catch (error) {
      assert.instance(error, PatternError, String(error));
      assert.match((error as PatternError).message, /^\S+ \S+/);
      assert.is((error as PatternError).position, position, (error as PatternError).message);
    }
  });
}

patterns(
  'have a character beyond U+FFFF as two escapes, which is how aw-client writes it and Python never finds it',
  () => {
    const find = (pattern: string) => makePatternCache().compile(pattern, false, meter)('a 😀 b');
    assert.is(find('\\ud83d\\ude00 b'), true);
    assert.is(find('[\\ud83d\\ude00] b'), true);
  },
);

patterns('may be told to ignore case from outside', () => {
  const find = (pattern: string) => makePatternCache().compile(pattern, true, meter)('main.RS');
  assert.is(find('MAIN'), true);
  assert.is(find('(?-i:MAIN)'), false);
  assert.is(find('[R][s]$'), true);
});

patterns('that users write most stay with RE2', () => {
  for (const source of ['Notepad++', 'C++|Visual Studio', '(?i)g++', '(?>a|b)', 'x(?:C++|(?>D))', '(?x) foo # bar']) {
    assert.is.not(patternToRe2(withoutIdleAtoms(parsePattern(source, false))), null, source);
  }
  assert.is(patternToRe2(withoutIdleAtoms(parsePattern('C++ code', false))), null, 'but not where something follows');
});

patterns('that look around take time linear in the text', () => {
  const program = compileProgram(parsePattern('(?=(a|a)*(a+)+c)(?!.*(a*)*d)a', false));
  const steps = (length: number) => {
    let count = 0;
    search(program, 'a'.repeat(length), (more) => (count += more));
    return count;
  };
  assert.ok(steps(40_000) < 12 * steps(4_000));
});

patterns('with atoms take time linear in the text', () => {
  const program = compileProgram(parsePattern('(?>(?:a|a)+)(?>(?:a*)*)b|(?=(?>a+)c)(?>a|ab)++d', false));
  const steps = (length: number) => {
    let count = 0;
    search(program, 'a'.repeat(length), (more) => (count += more));
    return count;
  };
  assert.ok(steps(40_000) < 12 * steps(4_000));
});

patterns('serve again after others have taken their place', () => {
  const cache = makePatternCache(2);
  const times: number[] = [];
  for (const pattern of ['a', 'b', 'a', 'c', 'a', 'b']) times.push(cache.compile(pattern, false, meter)('a') ? 1 : 0);
  assert.equal(times, [1, 0, 1, 0, 1, 0]);
});

patterns.run();
