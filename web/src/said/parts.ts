// What no single text of the sources says: sentences that are put together out of two, and words that stand alone.
export const composed: Record<string, string> = {
  '{field} has a NUL, or nothing but control characters': '{field} 含有 NUL 字符，或只有控制字符',
  '{field}: {why!}': '{field}：{why}', // a row's field, or the address of a receiver
  'aggregate "{name}": {why!}': '聚合“{name}”：{why}',
  '"{setting}": {why!}': '“{setting}”：{why}',
  '{why!} ({rule}: {reason!})': '{why}（{rule}：{reason}）',
};

export const words: Record<string, string> = {
  text: '文本',
  JSON: 'JSON',
  stopped: '已停止',
};
