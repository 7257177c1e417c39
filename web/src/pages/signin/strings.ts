import { defineMessages } from '../../i18n/message';

export const signinMessages = defineMessages({
  'signin.title': { en: 'Sign in', zh: '登录' },
  'signin.question': { en: 'Who is looking?', zh: '请先登录' },
  'signin.name': { en: 'Name', zh: '用户名' },
  'signin.password': { en: 'Password', zh: '密码' },
  'signin.enter': { en: 'Sign in', zh: '登录' },
  'signin.wrong': { en: 'Name or password is wrong.', zh: '用户名或密码错误。' },
  'signin.failed': { en: 'Signing in failed: {message} ({code})', zh: '登录失败：{message}（{code}）' },
  'signin.required': { en: 'Please fill this in.', zh: '请填写此项。' },
  'setup.title': { en: 'Welcome to Furrow', zh: '欢迎使用 Furrow' },
  'setup.question': {
    en: 'Make the first administrator. The set-up code proves that you started this server.',
    zh: '创建第一个管理员。设置码用于确认是您启动了此服务器。',
  },
  'setup.code': { en: 'Set-up code', zh: '设置码' },
  'setup.codeHint': {
    en: '“furrow serve” printed it in the terminal when it first started.',
    zh: '“furrow serve” 首次启动时在终端中打印。',
  },
  'setup.passwordHint': { en: 'At least 10 characters.', zh: '至少 10 个字符。' },
  'setup.short': { en: 'At least 10 characters, please.', zh: '请至少输入 10 个字符。' },
  'setup.enter': { en: 'Make the administrator', zh: '创建管理员' },
  'setup.failed': { en: 'The administrator was not made: {message} ({code})', zh: '未能创建管理员：{message}（{code}）' },
  'setup.wrong': { en: 'The set-up code is wrong. Look at the terminal again.', zh: '设置码不正确，请再看一下终端。' },
});
