// A segment's rule as conditions that are composed by clicking, and as the text it becomes (base/expression.h). Every rule of
// conditions has a text; a text that is more than a list of conditions stays text.

import type { FeatureDeclaration } from './counted';

export type Join = 'and' | 'or';
export type Operator = '>=' | '<=' | '>' | '<' | '==' | '!=' | 'in' | 'known' | 'unknown';
export type Literal = number | string | boolean;

export interface Condition {
  name: string; // a feature, or traits.NAME
  operator: Operator;
  values: Literal[]; // one; several for `in`; none for known and unknown
}

export interface Rule {
  join: Join;
  conditions: Condition[];
}

// A name that the language can say; others cannot be asked about.
export function sayable(name: string): boolean {
  return /^[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*(\.[\w$\u0080-\uffff]+)*$/.test(name);
}

export function literalText(value: Literal): string {
  if (typeof value === 'string') return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  return String(value);
}

function conditionText({ name, operator, values }: Condition): string {
  if (operator === 'known') return `${name} != null`;
  if (operator === 'unknown') return `${name} == null`;
  if (operator === 'in') return `${name} in (${values.map(literalText).join(', ')})`;
  return `${name} ${operator} ${literalText(values[0] ?? 0)}`;
}

export function complete(condition: Condition): boolean {
  const { name, operator, values } = condition;
  if (!name) return false;
  if (operator === 'known' || operator === 'unknown') return true;
  return values.length > 0 && values.every((value) => (typeof value === 'number' ? Number.isFinite(value) : value !== ''));
}

export function ruleText(rule: Rule): string {
  return rule.conditions.filter(complete).map(conditionText).join(` ${rule.join} `);
}

type Token = { kind: 'name' | 'text' | 'number' | 'mark'; text: string };

function tokens(text: string): Token[] | null {
  const out: Token[] = [];
  const pattern = /\s*(?:("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|([A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff.]*)|(>=|<=|==|!=|[<>(),]))/y;
  while (pattern.lastIndex < text.length) {
    const from = pattern.lastIndex;
    const found = pattern.exec(text);
    if (!found) return text.slice(from).trim() === '' ? out : null;
    if (found[1] !== undefined) out.push({ kind: 'text', text: found[1].slice(1, -1).replace(/\\(.)/g, '$1') });
    else if (found[2] !== undefined) out.push({ kind: 'number', text: found[2] });
    else if (found[3] !== undefined) out.push({ kind: 'name', text: found[3] });
    else out.push({ kind: 'mark', text: found[4]! });
  }
  return out;
}

function literalOf(token: Token | undefined): Literal | null | undefined {
  if (!token) return undefined;
  if (token.kind === 'text') return token.text;
  if (token.kind === 'number') return Number(token.text);
  if (token.kind !== 'name') return undefined;
  return token.text === 'true' ? true : token.text === 'false' ? false : token.text === 'null' ? null : undefined;
}

// The conditions of a text; null when it is more than a list of conditions joined by one word.
export function parseRule(text: string): Rule | null {
  const all = tokens(text);
  if (!all) return null;
  const conditions: Condition[] = [];
  let join: Join | undefined;
  let at = 0;
  while (at < all.length) {
    if (conditions.length > 0) {
      const word = all[at]?.text;
      if (all[at]?.kind !== 'name' || (word !== 'and' && word !== 'or') || (join && join !== word)) return null;
      join = word;
      at++;
    }
    const name = all[at++];
    if (name?.kind !== 'name' || ['and', 'or', 'not', 'in', 'true', 'false', 'null'].includes(name.text)) return null;
    const operator = all[at++];
    if (operator?.text === 'in' && operator.kind === 'name') {
      if (all[at++]?.text !== '(') return null;
      const values: Literal[] = [];
      for (;;) {
        const value = literalOf(all[at++]);
        if (value === undefined || value === null) return null;
        values.push(value);
        const mark = all[at++];
        if (mark?.kind !== 'mark') return null;
        if (mark.text === ')') break;
        if (mark.text !== ',') return null;
      }
      conditions.push({ name: name.text, operator: 'in', values });
      continue;
    }
    if (operator?.kind !== 'mark' || !['>=', '<=', '>', '<', '==', '!='].includes(operator.text)) return null;
    const value = literalOf(all[at++]);
    if (value === undefined) return null;
    if (value === null) {
      if (operator.text !== '==' && operator.text !== '!=') return null;
      conditions.push({ name: name.text, operator: operator.text === '==' ? 'unknown' : 'known', values: [] });
    } else {
      conditions.push({ name: name.text, operator: operator.text as Operator, values: [value] });
    }
  }
  return { join: join ?? 'and', conditions };
}

// What is typed or chosen, as the kind of value that a trait or feature holds.
export function literalFrom(text: string): Literal {
  const trimmed = text.trim();
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true';
  return trimmed !== '' && Number.isFinite(Number(trimmed)) ? Number(trimmed) : text;
}

export interface Draft {
  name: string;
  rule: string;
  description: string;
  owner: string;
  features?: FeatureDeclaration[]; // that the rule counts and nobody declared
}

// In single quotes where nothing needs an escape, since rules have double ones; else as JSON, which YAML reads alike.
function yamlText(text: string): string {
  return /['\u0000-\u001f]/.test(text) ? JSON.stringify(text) : `'${text}'`;
}

// The draft as it stands in a file of segments/.
export function draftYaml({ name, rule, description, owner, features = [] }: Draft): string {
  const lines = ['segments:', `  - name: ${yamlText(name)}`, `    where: ${yamlText(rule)}`];
  if (description) lines.push(`    description: ${yamlText(description)}`);
  if (owner) lines.push(`    owner: ${yamlText(owner)}`);
  if (features.length > 0) lines.push('    features:');
  for (const feature of features) {
    const members = Object.entries(feature).map(([key, value]) => `${key}: ${typeof value === 'number' ? value : yamlText(String(value))}`);
    lines.push(`      - {${members.join(', ')}}`);
  }
  return `${lines.join('\n')}\n`;
}

// A name that files and addresses take well.
export function fileNameOf(name: string): string {
  return `segments/${name.trim().toLowerCase().replace(/[^a-z0-9\u4e00-\u9fff]+/g, '_').replace(/^_+|_+$/g, '') || 'segment'}.yaml`;
}
