import { defineMessages } from '../../i18n/message';

export const overviewMessages = defineMessages({
  'overview.title': { en: 'Overview', zh: '总览' },
  'overview.question': { en: 'Is the AI better than no AI?', zh: 'AI 比没有 AI 更好吗？' },
  'overview.better': {
    en: 'Yes: the AI brings {diff} more {event} per 100 decisions than no AI – 95% sure between {low} and {high}.',
    zh: '是：与没有 AI 相比，AI 使每 100 次决策多带来 {diff} 次{event} – 95% 的把握在 {low} 到 {high} 之间。',
  },
  'overview.worse': {
    en: 'No: the AI brings {diff} fewer {event} per 100 decisions than no AI – 95% sure between {low} and {high}.',
    zh: '否：与没有 AI 相比，AI 使每 100 次决策少带来 {diff} 次{event} – 95% 的把握在 {low} 到 {high} 之间。',
  },
  'overview.open': {
    en: 'Not sure yet: per 100 decisions the AI brings {diff} {event} compared with no AI, but the truth may lie anywhere between {low} and {high}.',
    zh: '尚不确定：每 100 次决策，AI 带来的{event}差异为 {diff}，但真实值可能在 {low} 到 {high} 之间。',
  },
  'overview.betterValue': {
    en: 'Yes: the AI earns {diff} more per decision than no AI – 95% sure between {low} and {high}.',
    zh: '是：与没有 AI 相比，AI 使每次决策多带来 {diff} – 95% 的把握在 {low} 到 {high} 之间。',
  },
  'overview.worseValue': {
    en: 'No: the AI earns {diff} less per decision than no AI – 95% sure between {low} and {high}.',
    zh: '否：与没有 AI 相比，AI 使每次决策少带来 {diff} – 95% 的把握在 {low} 到 {high} 之间。',
  },
  'overview.openValue': {
    en: 'Not sure yet: per decision the AI brings {diff} compared with no AI, but the truth may lie anywhere between {low} and {high}.',
    zh: '尚不确定：每次决策 AI 带来的差异为 {diff}，但真实值可能在 {low} 到 {high} 之间。',
  },
  'overview.early': {
    en: 'Not enough data yet: {ai} {ai|person|people} with AI and {holdout} without.',
    zh: '数据还不够：有 AI 的 {ai} 人，没有 AI 的 {holdout} 人。',
  },
  'overview.earlyNote': {
    en: 'A comparison needs at least 50 people and 10 outcomes on each side. Until then any number would be chance.',
    zh: '比较至少需要每一侧 50 人和 10 次结果。在此之前，任何数字都只是偶然。',
  },
  'overview.note': {
    en: 'Hold-out: {people} {people|person|people} who get no AI. The interval stays true however often you look.',
    zh: '对照组：{people} 人没有使用 AI。无论查看多少次，该区间都有效。',
  },
  'overview.neededNone': { en: 'A difference worth waiting for would have shown by now.', zh: '若有值得等待的差异，现在应已显现。' },
  'overview.needed': {
    en: 'About {people} more {people|person|people} would settle it.',
    zh: '大约还需要 {people} 人才能得出结论。',
  },
  'overview.srm': {
    en: 'The two groups are not of the declared sizes, so the split is broken: do not trust the comparison until it is mended.',
    zh: '两组人数与声明的比例不符，说明分流有问题：修复之前请不要相信该比较。',
  },
  'overview.relative': {
    en: 'That is {relative} against no AI ({low} to {high}).',
    zh: '相对于没有 AI 为 {relative}（{low} 到 {high}）。',
  },
  'overview.none': { en: 'No placement has decided yet', zh: '还没有任何投放位作出决策' },
  'overview.noneHint': {
    en: 'Ask for a decision with POST /v1/decide. The comparison with the hold-out appears here by itself.',
    zh: '用 POST /v1/decide 请求一次决策，与对照组的比较会自动显示在这里。',
  },
  'overview.axis': { en: '{event} per 100 decisions: AI minus no AI', zh: '每 100 次决策的{event}：AI 减去无 AI' },
  'overview.axisValue': { en: 'Value per decision: AI minus no AI', zh: '每次决策的价值：AI 减去无 AI' },
  'overview.same': { en: 'no difference', zh: '无差异' },
  'overview.early.short': { en: 'not enough data yet', zh: '数据不足' },
  'overview.row': { en: '{diff} ({low} to {high})', zh: '{diff}（{low} 到 {high}）' },
  'overview.arms': {
    en: 'AI {ai} · no AI {holdout}',
    zh: 'AI {ai} · 无 AI {holdout}',
  },
  'overview.outcome': { en: 'outcomes', zh: '结果' },
  'overview.funnel': { en: 'From events to outcomes', zh: '从事件到结果' },
  'overview.funnelNote': { en: 'Everything since the start; each figure opens.', zh: '自启动以来的全部数据；每个数字都可以打开。' },
  'overview.events': { en: 'Events in', zh: '流入事件' },
  'overview.people': { en: 'People', zh: '用户' },
  'overview.decisions': { en: 'Decisions', zh: '决策' },
  'overview.outcomes': { en: 'Outcomes', zh: '结果' },
  'overview.perSecond': { en: '{rate} per second', zh: '每秒 {rate}' },
  'overview.fromSources': { en: 'from {n} {n|source|sources}', zh: '来自 {n} 个来源' },
  'overview.quarantined': { en: '{n} in quarantine', zh: '{n} 条被隔离' },
  'overview.ofDecisions': { en: '{share} of decisions', zh: '占决策的 {share}' },
  'overview.perPerson': { en: '{n} events each', zh: '人均 {n} 个事件' },
  'overview.rate': { en: 'Live rate', zh: '实时速率' },
  'overview.rateNote': { en: 'Last five minutes, per second.', zh: '最近五分钟，每秒。' },
  'overview.rateAxis': { en: 'per second', zh: '每秒' },
  'overview.rateLabel': {
    en: 'Line chart: now {events} events and {decisions} decisions per second',
    zh: '折线图：当前每秒 {events} 个事件、{decisions} 次决策',
  },
  'overview.speed': { en: 'Speed', zh: '速度' },
  'overview.speedNote': { en: 'p99: 99 of 100 are faster than this.', zh: 'p99：100 次中有 99 次比它更快。' },
  'overview.decideP99': { en: 'Decision, p99', zh: '决策 p99' },
  'overview.decideP50': { en: 'Decision, typical', zh: '决策典型值' },
  'overview.ingestP99': { en: 'Event made durable, p99', zh: '事件落盘 p99' },
});
