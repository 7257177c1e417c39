import { defineMessages } from '../../i18n/message';

export const settingsMessages = defineMessages({
  'settings.title': { en: 'Settings', zh: '设置' },
  'settings.question': { en: 'How should Furrow look to you, and what runs here?', zh: 'Furrow 应如何显示，这里运行的是什么？' },
  'settings.look': { en: 'Look', zh: '外观' },
  'settings.language': { en: 'Language', zh: '语言' },
  'settings.colours': { en: 'Colours', zh: '颜色' },
  'settings.account': { en: 'You', zh: '账户' },
  'settings.signedIn': { en: 'Signed in as {name}', zh: '已登录：{name}' },
  'settings.workspace': { en: 'Workspace', zh: '工作区' },
  'settings.name': { en: 'Name', zh: '名称' },
  'settings.timezone': { en: 'Timezone of what is shown', zh: '显示时区' },
  'settings.currency': { en: 'Currency', zh: '货币' },
  'settings.version': { en: 'Version', zh: '版本' },
  'settings.keys': { en: 'Keys', zh: '密钥' },
  'settings.keysNote': {
    en: 'The write key and the API key are in .furrow/keys of the workspace, readable by its owner only. They are never shown here.',
    zh: '写入密钥和 API 密钥保存在工作区的 .furrow/keys 中，仅所有者可读，这里不会显示。',
  },
  'settings.declared': { en: 'Everything else is declared in the workspace folder; “furrow check” validates it.', zh: '其他一切都在工作区文件夹中声明；用 “furrow check” 校验。' },
});
