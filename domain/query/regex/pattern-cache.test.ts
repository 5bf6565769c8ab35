import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DEFAULT_LIMITS, makeMeter } from '../limits.ts';
import { compileProgram } from './program.ts';
import { parsePattern } from './parse-pattern.ts';
import { makePatternCache } from './pattern-cache.ts';
import { search } from './search.ts';

// Its clock stands still: it is made when the file is loaded, and other suites may come first.
const meter = makeMeter(DEFAULT_LIMITS, () => 0);
const fail = (text: string): never => {
  throw new Error(text);
};

/** Pattern, text, and whether `re.search` of CPython 3.11 finds it. */
const cases: [string, string, boolean][] = [
  ["firefox", "Mozilla Firefox", false],
  ["(?i)FIRE", "Mozilla Firefox", true],
  ["(?i:m)OZ", "Mozilla", false],
  ["(?i:m)oz", "Mozilla", true],
  ["a(?-i:B)c", "abc", false],
  ["^\\w+$", "Z\u00fcrich", true],
  ["^\\w$", "\u65e5", true],
  ["^\\d$", "\u0663", true],
  ["^\\d$", "\u00b2", false],
  ["^\\w$", "\u00b2", true],
  ["\\s", "a\u00a0b", true],
  ["^\\S+$", "a\u2003b", false],
  ["^[^\\S\\n]$", "\u3000", true],
  ["^[^\\W\\d]+$", "\u00e9_", true],
  ["[\\W]", "\u00e9", false],
  ["[\\W]", "\u2013", true],
  ["\\bCaf\u00e9\\b", "Z\u00fcrich Caf\u00e9 \u2013", true],
  ["rich\\b", "Z\u00fcrich", true],
  ["\\brich", "Z\u00fcrich", false],
  ["\\B\u00e9", "Caf\u00e9", true],
  ["\\B", "", false],
  ["end$", "the end\n", true],
  ["end\\Z", "the end\n", false],
  ["end$\\n", "the end\n", true],
  ["(?m)^b$", "a\nb\nc", true],
  ["^b$", "a\nb\nc", false],
  ["a.b", "a\nb", false],
  ["(?s)a.b", "a\nb", true],
  ["a.b", "a\rb", true],
  ["a.b", "a\u2028b", true],
  ["^.$", "\ud83d\ude00", true],
  ["\\u00e9", "\u00e9", true],
  ["^..$", "\ud83d\ude00", false],
  ["\\U0001f600", "\ud83d\ude00", true],
  ["[\\u00e0-\\u00ff]", "\u00e9", true],
  ["\\x41", "A", true],
  ["\\101", "A", true],
  ["\\0", "\u0000", true],
  ["^a{,3}$", "aaa", true],
  ["^a{,3}$", "aaaa", false],
  ["a{2", "a{2", true],
  ["{", "{", true],
  ["a{}", "a{}", true],
  ["}]", "}]", true],
  ["\\-\\ \\#\\'\\_", "- #'_", true],
  ["^[]a]+$", "]a", true],
  ["[[]", "[", true],
  ["[[:alpha:]]", "a]", true],
  ["[a&&b]", "&", true],
  ["[a-]", "-", true],
  ["[\\b]", "\b", true],
  ["[^]a]", "]", false],
  ["^(?!my)(?=.*fox)", "firefox", true],
  ["^(?!my)(?=.*fox)", "my firefox", false],
  ["(?<=fire)fox", "firefox", true],
  ["(?<!fire)fox", "firefox", false],
  ["(\\w)\\1", "hello", true],
  ["(?P<c>\\w)(?P=c)", "helo", false],
  ["(?P<c>\\w)(?P=c)", "hello", true],
  ["(a)|b\\1", "b", false],
  ["(?i)(a)\\1", "aA", true],
  ["(?#note)a", "a", true],
  ["x{1001}", 'x'.repeat(1001), true],
  ["x{1001}", 'x'.repeat(1000), false],
  ["(?i)\u00df", "\u1e9e", true],
  ["(?i)\u03c3", "\u03c2", true],
  ["(?i)\u03a3", "\u03c2", true],
  ["(?i)k", "\u212a", true],
  ["(?i)stra\u00dfe", "STRASSE", false],
  ["a|", "zzz", true],
  ["", "x", true],
  ["(?:)*", "x", true],
  ["(a*)*b", "aab", true],
  ["(?:a|(?=b))*c", "aac", true],
  ["^(?:\\b\\w)+", "ab", true],
  ["C\\+\\+", "C++", true],
  ["\\.\\w{2,3}$", "a.js", true],
  ["\\d+\\.\\d", "FPS: 59.9", true],
  ["[\\w\\s]+-\\s", "main - ", true],
  ["a??b", "ab", true],
  ["(?<=\\bfoo)bar", "foobar", true],
];

/** What `re.compile` of CPython 3.11 refuses. */
const refused = [
  "(",
  ")",
  "*a",
  "a**",
  "a{2}{3}",
  "a{3,2}",
  "[a",
  "[z-a]",
  "[\\w-z]",
  "\\e",
  "\\p{L}",
  "a\\",
  "\\1",
  "(a\\1)",
  "(?<=a+)b",
  "(?P<a>x)(?P<a>y)",
  "(?P=a)",
  "(?P<1>x)",
  "(?Z)",
  "^*",
  "\\b+",
  "{2}",
  "\\u12",
  "[\\8]",
  "\\400",
];

/** What newer Pythons or other engines take, and we do not (aw-query.md section 4: rare). */
const unsupported = ['a++', '(?>a)', '(?x)a b', '\\N{BULLET}', '(a)?(?(1)b)', '(?a)\\w', '(?L)a'];

const patterns = suite('patterns');

for (const [pattern, text, found] of cases) {
  patterns(`${JSON.stringify(pattern)} is ${found ? '' : 'not '}found in ${JSON.stringify(text.slice(0, 20))}`, () => {
    assert.is(makePatternCache().compile(pattern, false, meter, fail)(text), found, 'by whatever engine serves it');
    assert.is(search(compileProgram(parsePattern(pattern, false)), text, meter.tick), found, 'by our own search');
  });
}

for (const pattern of [...refused, ...unsupported]) {
  patterns(`${JSON.stringify(pattern)} is refused, with a reason`, () => {
    assert.throws(() => makePatternCache().compile(pattern, false, meter, fail), /^the pattern ".*" can't be used: \S+/);
  });
}

patterns('have a character beyond U+FFFF as two escapes, which is how aw-client writes it and Python never finds it', () => {
  const find = (pattern: string) => makePatternCache().compile(pattern, false, meter, fail)('a 😀 b');
  assert.is(find('\\ud83d\\ude00 b'), true);
  assert.is(find('[\\ud83d\\ude00] b'), true);
});

patterns('may be told to ignore case from outside', () => {
  const find = (pattern: string) => makePatternCache().compile(pattern, true, meter, fail)('main.RS');
  assert.is(find('MAIN'), true);
  assert.is(find('(?-i:MAIN)'), false);
  assert.is(find('[R][s]$'), true);
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

patterns('serve again after others have taken their place', () => {
  const cache = makePatternCache(2);
  const times: number[] = [];
  for (const pattern of ['a', 'b', 'a', 'c', 'a', 'b']) times.push(cache.compile(pattern, false, meter, fail)('a') ? 1 : 0);
  assert.equal(times, [1, 0, 1, 0, 1, 0]);
});

patterns.run();
