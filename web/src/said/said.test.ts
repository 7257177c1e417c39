import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import { makeFormat } from '../i18n/format';
import { makeTranslate } from '../i18n/Locale';
import type { Language } from '../i18n/message';
import { reasonKey } from '../pages/data/intake';
import { foreign } from './foreign';
import { composed, words } from './parts';
import { records } from './records';
import { requests } from './requests';
import { sentencesIn, shapeOf } from './sources';
import { saidMessages } from './strings';
import { chineseOf, kHole } from './table';
import { codeKey, inWords } from './words';

const root = fileURLToPath(new URL('../../../src/', import.meta.url));
const read = (file: string) => readFileSync(root + file, 'utf8');
const sourcesOf = (room: string, starting = '') => readdirSync(root + room)
  .filter((name) => name.startsWith(starting) && name.endsWith('.cc') && !name.endsWith('_test.cc')).map((name) => `${room}/${name}`);

// Whose sentences come to the dashboard's pages: as the answer to a request, as a record's reason, as a webhook's failure.
const senders = ['http/server', 'app/http_tracking', 'app/http_decide', 'app/http_records'].map((name) => `${name}.cc`); // answer others
const spoken = [
  ...[...sourcesOf('http'), ...sourcesOf('app', 'http_'), ...sourcesOf('app', 'auth_')].filter((file) => !senders.includes(file)),
  ...['report_job', 'cluster_map', 'tried_features', 'people_linkage', 'live_linkage', 'model_trainer', 'model_versions'].map((name) => `app/${name}.cc`),
  ...['importer', 'tracking', 'tracking_fields', 'row_mapper', 'cell_value'].map((name) => `collect/${name}.cc`),
  'base/expression.cc', 'base/json.cc', 'base/hard_json.cc', 'base/http_transfer.cc',
  'event/identifier.h', 'govern/cell_governor.cc', 'govern/event_governor.cc',
  'identity/identity_view.cc', 'identity/linkage_index.cc', 'identity/people_tree.cc',
  'learn/cluster_grouping.cc', 'learn/registry.cc',
  'pipeline/feature_parity.cc', 'pipeline/log_writer.cc', 'pipeline/pipeline.cc', 'pipeline/segment_indexer.cc', 'pipeline/shard.cc',
  'predict/scorer.cc', 'profile/segment_index.cc', 'profile/segment_rules.cc', 'reach/webhook_channel.cc',
  'table/csv_reader.cc', 'table/encoding.cc', 'table/jsonl_reader.cc',
];
// Files that speak to the terminal too: no more of them is asked than what the table has.
const alsoSpoken = [
  'app/import.cc', 'base/time.cc', 'decide/engine.cc', 'predict/segmentation.cc', 'predict/workspace_training.cc', 'reach/outbound.cc',
  ...['aggregate_table', 'feature', 'program_compiler'].map((name) => `profile/${name}.cc`),
];
// Texts of the spoken files that come to no page: of HTTP itself, and of what is declared in files, and of whole files imported
// at the terminal.
const unspoken = [
  /^\d{3} [A-Z]/, /SameSite/, /^the report failed$/, /^how far a visit is/, /^stopped at line/, /is not an encoding/,
  /^a segment(?:'s| is)/, /^the segment "\{\}" is declared/, /^the file needs a list/, /segments are the limit$/,
  /^it is a ZIP archive/, /^the file is empty/, /^the header (?:is|names) \{\}/, /^its lines end in CR/,
];

const rules = [...read('govern/cell_standardizer.cc').matchAll(/^ {4}\{"([a-z_]+\.[a-z_]+)", "([a-z]+)", "((?:[^"\\]|\\.)*)"\},$/gm)]
  .map(([, name = '', step = '', explanation = '']) => ({ name, step, explanation }));
const judging = rules.filter((rule) => (rule.step === 'validate' || rule.step === 'fault') && !/^(mend|flag)\./.test(rule.name));
const codes = [...read('base/errors.cc').matchAll(/ErrorInfo\{ErrorCode::\w+, "(\w+)"/g)].map(([, name = '']) => name);

function translator(language: Language) {
  return makeTranslate(language, makeFormat({ language, timezone: 'Asia/Shanghai', currency: 'CNY' }));
}
const zh = translator('zh');
const en = translator('en');

describe('the table', () => {
  const table = { ...requests, ...records };
  const shapes = new Set([...Object.keys(table), ...Object.keys(composed)].map(shapeOf));

  it('knows every sentence that the sources can say on a page', () => {
    const missing = spoken.flatMap((file) => sentencesIn(read(file)).filter((one) => !shapes.has(one) && !unspoken.some((text) => text.test(one))).map((one) => `${file}: ${one}`));
    expect(missing).toEqual([]);
  });

  it('knows every rule of governance that can judge a value', () => {
    expect(judging.length).toBeGreaterThan(15);
    expect(judging.filter((rule) => !chineseOf(rule.explanation)).map((rule) => rule.name)).toEqual([]);
  });

  it('holds no sentence that nobody says any more', () => {
    const said = new Set([...spoken, ...alsoSpoken].flatMap((file) => sentencesIn(read(file))));
    for (const rule of rules) said.add(rule.explanation);
    expect(Object.keys(table).filter((english) => !said.has(shapeOf(english)))).toEqual([]);
  });

  it('drops no value: Chinese has every hole of the English, and says something in Chinese', () => {
    for (const [english, chinese] of Object.entries({ ...table, ...foreign, ...composed })) {
      const holes = (text: string) => [...text.matchAll(kHole)].map((hole) => hole[1]).sort();
      expect(holes(chinese), english).toEqual(holes(english));
      expect(chinese.replace(kHole, ''), english).toMatch(/[\u4e00-\u9fff]|^TLS：$|^“?”?：$|^（：）$/);
    }
    expect(Object.keys(words)).toEqual(['text', 'JSON', 'stopped']);
  });

  // Else a longer sentence would hide behind a shorter one that fits it too.
  it('finds each sentence by its own words', () => {
    for (const [english, chinese] of Object.entries(table)) {
      if (/\{\w+[!~?]\}/.test(english)) continue;
      const filled = (text: string) => text.replace(kHole, (_, name: string) => (/^(?:cells|columns)$/.test(name) ? '7' : `<${name}>`));
      expect(chineseOf(filled(english)), english).toBe(filled(chinese));
    }
  });
});

describe('chineseOf', () => {
  it.each([
    ['userId has 600 bytes; at most 512 are taken', 'userId 有 600 字节；最多接受 512 字节'],
    ['anonymousId has a NUL, or nothing but control characters', 'anonymousId 含有 NUL 字符，或只有控制字符'],
    ['properties: objects are nested deeper than 16', 'properties：对象嵌套超过 16 层'],
    ['the row is 3 cells where the header names 4 columns', '该行有 3 个单元格，而表头有 4 列'],
    ['the row is not JSON: Problem while parsing a number', '该行不是 JSON：某个数字有误'],
    ['phone: "12 (34" is not a telephone number (validate.phone: Not a telephone number that any numbering plan knows)',
      'phone：“12 (34”不是电话号码（validate.phone：不符合任何号码规划的电话号码）'],
    ['time: "昨天" is not of the form %Y-%m-%d', '时间：“昨天”不符合格式 %Y-%m-%d'],
    ['time: "不知道" is not of the form %Y-%m-%d (validate.date: No date, or one that does not exist)',
      '时间：“不知道”不符合格式 %Y-%m-%d（validate.date：不是日期，或该日期不存在）'],
    ['paid_at: "soon" is not a time of the form iso8601', 'paid_at：“soon”不是符合格式 iso8601 的时间'],
    ['validate.email: "traits.email" is not valid: No mailbox can be read from it (RFC 5321)',
      'validate.email：“traits.email”无效：其中没有可用的邮箱地址（RFC 5321）'],
    ['"spend" is no feature (did you mean "spend_30d"?); traits are written traits.NAME', '“spend”不是特征（是否指“spend_30d”？）；属性请写作 traits.NAME'],
    ['"spend" is no feature; traits are written traits.NAME', '“spend”不是特征；属性请写作 traits.NAME'],
    ['expression "a >", column 4: a value is missing', '表达式“a >”第 4 列：缺少一个值'],
    ['expression "a: "b" is not a number", column 2: unexpected here', '表达式“a: "b" is not a number”第 2 列：此处不应出现这段内容'],
    ['where: expression "price >", column 8: a value is missing', 'where：表达式“price >”第 8 列：缺少一个值'],
    ['feature "spend_30d": expression "a b", column 3: unexpected here', '特征“spend_30d”：表达式“a b”第 3 列：此处不应出现这段内容'],
    ['"window": "999999d" is too long a duration: at most 36500d, a hundred years', '“window”：“999999d”时间过长：最多 36500 天，即一百年'],
    ['limit must be a whole number', 'limit 必须是整数'],
    ['rule must be text', 'rule 必须是文本'],
    ['buys v2 is not approved yet, which is for 王五 to do: furrow model approve DIR buys v2', 'buys 的 v2 尚未批准，应由 王五 批准：请先批准（命令行：furrow model approve DIR buys v2）'],
    ['http://127.0.0.1:9: the name cannot be found: Could not resolve host: crm.example', 'http://127.0.0.1:9：找不到该域名：无法解析主机 crm.example'],
    ['https://crm.example: Failed to connect to crm.example port 443 after 12 ms: Could not connect to server', 'https://crm.example：连接 crm.example 端口 443 失败（12 毫秒后）：无法连接服务器'],
    ['answered 422', '对方返回 422'],
    ['no placement is named "hom"; declared are: home, cart', '没有名为“hom”的投放位；已声明的有：home, cart'],
    ['no placement is named "hom"; declared are: a, b, c, d, e and 12 more', '没有名为“hom”的投放位；已声明的有：a, b, c, d, e 等，另有 12 个'],
  ])('%s', (english, chinese) => {
    expect(chineseOf(english)).toBe(chinese);
  });

  it('leaves what it does not know, however alike it looks', () => {
    for (const unknown of ['', 'the moon is too near', '"x" is not a duration', 'phone: the moon is too near', 'the row is upside down', 'limit must be a moon']) {
      expect(chineseOf(unknown)).toBeUndefined();
    }
  });

  it('does not look into a text that is longer than any sentence', () => {
    expect(chineseOf(`${'a'.repeat(5000)} is needed`)).toBeUndefined();
  });
});

describe('codes', () => {
  it('each have a meaning and a reason in both languages', () => {
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.filter((code) => !(`said.${code}` in saidMessages))).toEqual([]);
    expect(codes.filter((code) => !reasonKey(code))).toEqual([]);
    expect([...judging.map((rule) => rule.name), 'flag.bot'].filter((code) => !reasonKey(code))).toEqual([]);
  });

  it('fall back on the status where something before the server answered', () => {
    expect(codeKey('http_413')).toBe('said.too_large');
    expect(codeKey('http_502')).toBe('said.between');
    expect(codeKey('http_418')).toBe('ui.error.unknown');
    expect(codeKey('toString')).toBe('ui.error.unknown');
  });
});

describe('inWords', () => {
  const known = { message: 'too many tries to sign in; wait a little', code: 'too_many_requests' };
  const unknown = { message: 'cannot make reports: Permission denied', code: 'io', field: 'folder' };

  it('gives an English reader the sentence itself', () => {
    expect(inWords(known, 'en', en)).toEqual({ text: known.message });
    expect(inWords(unknown, 'en', en)).toEqual({ text: unknown.message });
  });
  it('gives a Chinese reader the sentence in Chinese, and what was said behind it', () => {
    expect(inWords(known, 'zh', zh)).toEqual({ text: '登录尝试次数过多，请稍候再试', original: known.message });
  });
  it('gives what the code means where the sentence is not known, and says that there is more', () => {
    expect(inWords(unknown, 'zh', zh)).toEqual({ text: '操作系统拒绝了此操作，需要工程师查看（字段 folder）', original: unknown.message, lacking: true });
  });
  it('does not take a proxy’s word for the server’s', () => {
    expect(inWords({ message: 'Bad Gateway', code: 'http_502' }, 'en', en)).toMatchObject({ original: 'Bad Gateway', lacking: true });
  });
  it('says what it can where nothing was said', () => {
    expect(inWords({ message: '', code: 'unreachable' }, 'zh', zh).text).toContain('服务器没有响应');
    expect(inWords({ message: 'upside down' }, 'zh', zh)).toEqual({ text: 'upside down' });
  });
});
