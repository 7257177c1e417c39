// The sentences that the server's sources can say, read out of the C++ itself: for the tests, which hold them against the
// Chinese table. A sentence is a text in a call or an assignment that makes an error's message or a row's fault; of
// "{}" in a format, and of what is added before or behind a text with +, nothing is known: {} stands for each.

const kText = '"(?:[^"\\\\\\n]|\\\\.)*"';
const kQuoted = /^(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)')/; // a text or a character
const kLongest = 4000;
const kTexts = new RegExp(`${kText}(?:\\s*${kText})*`, 'g');
const kAdded = /^\s*\+[^,?"]*\+\s*$/; // … + something + …
// What makes a message, of the rooms that the tests read.
const kCalls = /\b(?:Error(?: \w+)?|error_\.emplace|fail|row_error|invalid_event|refuse|refuse_url|refused|unavailable|aside|invalid|wrong_member|mismatch|fault|faulty|bad|HttpFault)[({]/g;
const kStatements = /\b(?:fault_ =|row\.fault =|why_ \+?=|string why =|kNotNameable =|return(?= fmt::format\(| "))/g;
// Codes whose message is for whoever runs the machine: readers are told what the code means, with the message behind it.
const kUnspoken = /^\s*ErrorCode::k(?:StorageCorrupt|Io|Internal)\b/;

export function withoutComments(source: string): string {
  return source.replace(new RegExp(`${kText}|'(?:[^'\\\\\\n]|\\\\.)'|//[^\\n]*|/\\*[^]*?\\*/`, 'g'), (found) => (found.startsWith('/') ? '' : found));
}

// What stands from `from` to the bracket that closes the one before it, or to the end of the statement.
function inside(source: string, from: number): string {
  let depth = 1;
  for (let at = from; at < source.length; at++) {
    const one = source[at]!;
    const quoted = (one === '"' || one === "'") && kQuoted.exec(source.slice(at, at + kLongest));
    if (quoted) at += quoted[0].length - 1;
    else if (one === '(' || one === '{') depth++;
    else if (one === ')' || one === '}') depth--;
    if (depth === 0 || (one === ';' && depth === 1)) return source.slice(from, at);
  }
  return '';
}

// A template's or a format's text, with {} for whatever is filled in.
export function shapeOf(text: string): string {
  return text.replace(/\{[^{}]*\}/g, '{}');
}

// Texts that follow each other, or are added to each other with something between, are one sentence.
function textsOf(expression: string): string[] {
  const spoken: string[] = [];
  let from = 0, open = false;
  for (const found of expression.matchAll(kTexts)) {
    const text = [...found[0].matchAll(new RegExp(kText, 'g'))].map((one) => one[0].slice(1, -1)).join('').replace(/\\(["'\\])/g, '$1');
    const between = expression.slice(from, found.index);
    if (open && kAdded.test(between)) spoken.push(`${spoken.pop()}${text}`);
    else spoken.push(`${/\+\s*$/.test(between) ? '{}' : ''}${text}`);
    from = found.index + found[0].length;
    open = expression.slice(from).trimStart().startsWith('+');
    if (open) spoken.push(`${spoken.pop()}{}`);
  }
  return spoken.map(shapeOf);
}

// Of one source file: every sentence in it, or part of one, with a space and a word.
export function sentencesIn(source: string): string[] {
  const text = withoutComments(source);
  const spoken: string[] = [];
  for (const call of text.matchAll(kCalls)) {
    const inner = inside(text, call.index + call[0].length);
    if (!kUnspoken.test(inner)) spoken.push(...textsOf(inner));
  }
  for (const statement of text.matchAll(kStatements)) spoken.push(...textsOf(inside(text, statement.index + statement[0].length)));
  return [...new Set(spoken)].filter((one) => / /.test(one) && /[A-Za-z]{3}/.test(one.replace(/\{\}/g, '')));
}
