// The server's sentences in Chinese. The server speaks English: to logs, scripts and whoever reads the interface. A reader of
// the dashboard in Chinese gets each sentence that is known here in Chinese, with every value it names, however old the
// record is that holds it.
//
// A key is the sentence as the sources have it, with names for what is filled in:
//   {name}   any text, shown as it is
//   {name!}  a sentence or part of one that must be known here itself
//   {name~}  one that is put into Chinese where it is known, and shown as it is where not
//   {name?}  like ~, and may be missing
//   {name#}  a whole number
// The tests hold the keys against the sources: one that nobody says any more, and one that is missing here, fail.
import { foreign } from './foreign';
import { composed, words } from './parts';
import { records } from './records';
import { requests } from './requests';

interface Hole {
  name: string;
  kind: string;
}
interface Template {
  pattern: RegExp;
  holes: Hole[];
  chinese: string;
  given: number; // letters that are not filled in
}

export const kHole = /\{(\w+)([!~?#]?)\}/g;
const kRuleName = '[a-z_]+\\.[a-z_]+';
const patterns: Partial<Record<string, string>> = { '?': '([^]*?)', '#': '(\\d+)' };
const kLongest = 4000; // fitting takes time as the square
const kMostKept = 5000;

function templateOf(english: string, chinese: string): Template {
  const holes: Hole[] = [];
  let pattern = '', from = 0, given = 0;
  const take = (text: string) => {
    pattern += text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    given += text.length;
  };
  for (const hole of english.matchAll(kHole)) {
    take(english.slice(from, hole.index));
    const [whole, name = '', kind = ''] = hole;
    pattern += name === 'rule' ? `(${kRuleName})` : patterns[kind] ?? '([^]+?)';
    holes.push({ name, kind });
    from = hole.index + whole.length;
  }
  take(english.slice(from));
  return { pattern: new RegExp(`^${pattern}$`), holes, chinese, given };
}

const sentences: Record<string, string> = { ...foreign, ...words, ...records, ...requests };
const whole = new Map(Object.entries(sentences).filter(([english]) => !english.includes('{')));
const kept = new Map<string, string | undefined>();
let templates: Template[] | undefined;

// The surest first: of two that fit, the one that gives more of the sentence. What is composed comes last of all, but for
// a rule in brackets at the end and a setting at the beginning: the hole beside them would take them in.
function allTemplates(): Template[] {
  const made = (table: Record<string, string>) => Object.entries(table)
    .filter(([english]) => english.includes('{')).map(([english, chinese]) => templateOf(english, chinese)).sort((a, b) => b.given - a.given);
  const first = (template: Template) => template.holes.some(({ name }) => name === 'rule' || name === 'setting');
  return (templates ??= [...made(composed).filter(first), ...made(sentences), ...made(composed).filter((one) => !first(one))]);
}

function fillIn(template: Template, found: RegExpExecArray): string | undefined {
  const values: Record<string, string> = {};
  for (const [at, { name, kind }] of template.holes.entries()) {
    const value = found[at + 1] ?? '';
    const known = kind === '' || kind === '#' || value === '' ? undefined : chineseOf(value);
    if (kind === '!' && known === undefined) return undefined;
    values[name] = known ?? value;
  }
  return template.chinese.replace(kHole, (_, name: string) => values[name] ?? '');
}

function search(english: string): string | undefined {
  const known = whole.get(english);
  if (known !== undefined || english.length > kLongest) return known;
  for (const template of allTemplates()) {
    const found = template.pattern.exec(english);
    const chinese = found ? fillIn(template, found) : undefined;
    if (chinese !== undefined) return chinese;
  }
  return undefined;
}

// Nothing when the sentence is not known.
export function chineseOf(english: string): string | undefined {
  if (!kept.has(english)) {
    if (kept.size >= kMostKept) kept.clear();
    kept.set(english, search(english));
  }
  return kept.get(english);
}
