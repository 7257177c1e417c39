// Walks the main path of every page in a real Chromium against a real server, in both languages, and keeps a picture of
// each to be looked at. A page fails on a missing message, an error on the console, or content wider than the window.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { hasChromium, launch, narrow, open, overflow, picture, settled, wide } from './browser.mjs';
import { binary, feed, hasBinary, send, start } from './server.mjs';

const skip = !hasBinary ? `no furrow binary at ${binary}` : !hasChromium ? 'no Chromium' : false;
const kUser = { name: 'admin', password: 'a long enough password' };
const kRaw = /\b(ui|said|quality|features|reviews|signin|setup|overview|data|people|person|event|models|model|metric|decisions|decision|duration|settings|reason|feature|exactness|segments|segment|reactions|builder|clusters|cluster)\.[a-z][A-Za-z0-9._]*\b|\{[a-z]\w*[|}]/;

let browser, server, known, storage;

before(async () => {
  if (skip) return;
  server = await start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  if (server) assert.equal(await server.stop(), 0, 'the server drains and exits with 0');
});

// Everything that a reader or a screen reader meets on the page.
async function texts(page) {
  const visible = await page.locator('body').innerText();
  const labels = await page.locator('[aria-label], [title], [placeholder]').evaluateAll((elements) =>
    elements.flatMap((element) => ['aria-label', 'title', 'placeholder'].map((name) => element.getAttribute(name) ?? '')),
  );
  // Names that people declare (files, events, features) may look like a message's key; messages stand outside <code>, <pre>.
  return [visible, ...labels].join('\n');
}

// Buttons that a screen reader can only call "button".
function nameless(page) {
  return page.locator('button:visible').evaluateAll((buttons) =>
    buttons.filter((one) => !(one.getAttribute('aria-label') || one.textContent.trim() || one.title) && one.getAttribute('aria-hidden') !== 'true' && one.tabIndex >= 0).map((one) => one.outerHTML.slice(0, 200)));
}

async function check(page, complaints, what) {
  assert.deepEqual(await nameless(page), [], `${what}: every button says what it does`);
  const missing = kRaw.exec(await texts(page));
  assert.equal(missing?.[0], undefined, `${what}: a message is missing`);
  assert.deepEqual(complaints, [], `${what}: the console is clean`);
  assert.ok((await overflow(page)) <= 0, `${what}: nothing is wider than the window`);
}

// Chooses from a list: what is chosen now lies over the list's own box, and takes the click.
async function choose(page, list, option) {
  await page.getByRole('combobox', { name: list, exact: true }).last().click({ force: true });
  await page.locator(`.ant-select-item-option[title="${option}"]`).last().click();
}

test('the first administrator is made with the set-up code', { skip }, async () => {
  assert.ok(server.setupCode, 'serve prints the set-up code');
  const { context, page, complaints } = await open(browser, { address: server.address, language: 'en' });
  await page.goto(server.address);
  await page.getByLabel('Set-up code').fill('wrong-code');
  await page.getByLabel('Name').fill(kUser.name);
  await page.getByLabel('Password', { exact: true }).fill(kUser.password);
  await picture(page, 'setup-en-1280');
  await check(page, complaints, 'set-up');
  await page.getByRole('button', { name: 'Make the administrator' }).click();
  await page.getByRole('alert').getByText('The set-up code is wrong').waitFor();
  complaints.length = 0; // Chromium logs the 401 that was asked for
  await page.getByLabel('Set-up code').fill(server.setupCode);
  await page.getByRole('button', { name: 'Make the administrator' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await settled(page);
  await picture(page, 'overview-empty-en-1280');
  await check(page, complaints, 'the empty overview');
  for (const empty of ['data', 'data/quality', 'data/reviews', 'features', 'features/orders_90d', 'people', 'segments', 'segment-builder', 'clusters', 'decisions', 'models']) {
    await page.goto(`${server.address}/${empty}`);
    await settled(page);
    await check(page, complaints, `${empty}, empty`);
  }
  await context.close();
  known = await feed(server);
});

test('signing out and in, in Chinese', { skip }, async () => {
  const { context, page, complaints } = await open(browser, { address: server.address, language: 'zh' });
  await page.goto(`${server.address}/people`);
  await page.getByLabel('用户名').fill(kUser.name);
  await page.getByLabel('密码', { exact: true }).fill('not the password');
  await page.getByRole('button', { name: '登录' }).click();
  await page.getByRole('alert').getByText('用户名或密码错误').waitFor();
  complaints.length = 0;
  await picture(page, 'signin-zh-1280');
  await page.getByLabel('密码', { exact: true }).fill(kUser.password);
  await page.getByRole('button', { name: '登录' }).click();
  // The address that was asked for is where one arrives.
  await page.getByRole('heading', { name: '用户', level: 1 }).waitFor();
  await page.goto(`${server.address}/settings`);
  await page.getByRole('button', { name: '退出登录' }).click();
  await page.getByRole('heading', { name: '登录' }).waitFor();
  await page.getByLabel('用户名').fill(kUser.name);
  await page.getByLabel('密码', { exact: true }).fill(kUser.password);
  await page.getByRole('button', { name: '登录' }).click();
  await page.getByRole('heading', { name: '设置', level: 1 }).waitFor();
  assert.deepEqual(complaints, []);
  storage = await context.storageState();
  await context.close();
});

const pages = [
  ['overview', () => '/'],
  ['data', () => '/data'],
  ['quality', () => '/data/quality'],
  ['reviews', () => '/data/reviews'],
  ['features', () => '/features'],
  ['feature', () => '/features/product_views_7d'],
  ['people', () => '/people'],
  ['person', () => `/people/${encodeURIComponent(`email:${known.email}`)}`],
  ['segments', () => '/segments'],
  ['segment', () => '/segments/buyers'],
  ['builder', () => `/segment-builder?rule=${encodeURIComponent('orders_90d >= 1 and traits.city == "上海"')}`],
  ['clusters', () => '/clusters'],
  ['models', () => '/models'],
  ['model', () => '/models/buys_7d'],
  ['decisions', () => '/decisions'],
  ['decision', () => `/decisions/${known.decision}`],
  ['settings', () => '/settings'],
];
const looks = [
  { language: 'en', theme: 'light', viewport: wide, mark: 'en-1280' },
  { language: 'zh', theme: 'dark', viewport: wide, mark: 'zh-1280-dark' },
  { language: 'zh', theme: 'light', viewport: narrow, mark: 'zh-390' },
  { language: 'en', theme: 'dark', viewport: narrow, mark: 'en-390-dark' },
];

for (const look of looks) {
  test(`every page shows its answer: ${look.mark}`, { skip }, async () => {
    const { context, page, complaints } = await open(browser, { address: server.address, storage, ...look });
    for (const [name, where] of pages) {
      await page.goto(server.address + where());
      await settled(page);
      assert.equal(await page.locator('.signin').count(), 0, `${name} is shown to whoever is signed in`);
      await picture(page, `${name}-${look.mark}`);
      await check(page, complaints, `${name} ${look.mark}`);
      const question = await page.locator('.question').first().innerText();
      if (look.language === 'zh') assert.match(question, /[\u4e00-\u9fff]/, `${name} asks its question in Chinese`);
      else assert.match(question, /^[^\u4e00-\u9fff]+$/, `${name} asks its question in English`);
    }
    await context.close();
  });
}

test('what follows from a row is in sight', { skip }, async () => {
  for (const [language, follows] of [
    ['en', [['/decisions', 'Outcome'], ['/data', 'What was wrong'], ['/data/quality', 'What to do'], ['/segments', 'Left today']]],
    ['zh', [['/decisions', '结果'], ['/data', '问题'], ['/data/quality', '怎么做'], ['/segments', '今日离开']]],
  ]) {
    const { context, page } = await open(browser, { address: server.address, storage, language, viewport: wide });
    for (const [where, column] of follows) {
      await page.goto(server.address + where);
      await settled(page);
      const head = page.getByRole('columnheader', { name: column, exact: true }).first();
      await head.waitFor();
      const out = await head.evaluate((cell) => {
        const table = cell.closest('.ant-table-content, .ant-table-body').getBoundingClientRect();
        return cell.getBoundingClientRect().right - table.right;
      });
      assert.ok(out <= 1, `${where} ${language}: “${column}” is ${Math.round(out)} px out of sight`);
    }
    await context.close();
  }
});

test('the first page is light', { skip }, async () => {
  const { context, page } = await open(browser, { address: server.address, language: 'en', storage });
  await page.goto(server.address);
  await settled(page);
  await page.locator('svg path').first().waitFor();
  const bytes = await page.evaluate(() =>
    [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      .filter((entry) => !entry.name.includes('/v1/'))
      .reduce((sum, entry) => sum + entry.encodedBodySize, 0),
  );
  assert.ok(bytes > 50_000, `${bytes} bytes were counted`);
  assert.ok(bytes < 400_000, `the first page is ${bytes} bytes compressed`);
  await context.close();
});

test('from the lift to the decision to the person to the events', { skip }, async () => {
  const { context, page, complaints } = await open(browser, { address: server.address, language: 'en', storage });
  await page.goto(server.address);
  await settled(page);
  assert.match(await page.locator('.sentence').first().innerText(), /^(Yes|No|Not sure yet|Not enough data yet): /);
  await page.locator('.whisker-label').getByRole('link', { name: 'The offer on top of the home page' }).click();
  await page.getByRole('heading', { name: 'Decisions', level: 1 }).waitFor();
  assert.match(page.url(), /\/decisions\?placement=home$/);
  await settled(page);
  assert.equal(await page.getByRole('columnheader', { name: 'Placement' }).count(), 0, 'all are of one placement');
  await page.locator('tbody tr a').first().click();
  await page.getByRole('heading', { name: /^Decision for / }).waitFor();
  await settled(page);
  assert.equal(await page.locator('.flow .chosen').count(), 1);
  await page.locator('.crumbs').getByRole('link').nth(1).click();
  await page.getByText('What do we know about this person').waitFor();
  await settled(page);
  const views = page.locator('.facts > div', { hasText: 'Products looked at in the last 7 days' }).getByRole('link').first();
  await views.click();
  await page.getByText('Events behind: ').waitFor();
  assert.match(page.url(), /feature=/);
  await page.locator('.behind-event summary').first().click();
  await page.getByText('Message id').first().waitFor();
  await picture(page, 'behind-en-1280');
  await check(page, complaints, 'the events behind a feature');
  await page.goBack();
  await page.getByText('Events behind: ').waitFor({ state: 'detached' });
  await context.close();
});

test('a feature opens to its spread, its users, one person’s events, and its parity is measured by a click', { skip }, async () => {
  const { context, page, complaints } = await open(browser, { address: server.address, language: 'en', storage });
  await page.goto(`${server.address}/features`);
  await settled(page);
  await page.locator('tbody').getByRole('link', { name: 'Orders in the last 90 days', exact: true }).click();
  await page.getByRole('heading', { name: 'Orders in the last 90 days', level: 1 }).waitFor();
  await settled(page);
  assert.match(await page.locator('.sentence').first().innerText(), /^100\.0% of people have a value/);
  assert.ok((await page.locator('.histogram.large .track').count()) > 1, 'people differ');
  await page.locator('.facts').getByRole('link', { name: 'Orders within 7 days', exact: true }).waitFor();
  await page.getByText('Not measured yet.').waitFor();
  await page.getByRole('button', { name: 'Measure now' }).click();
  await page.getByText(/live values of this feature compared: 0 differ/).waitFor();
  await page.getByRole('textbox', { name: 'For one person' }).or(page.getByLabel('For one person')).first().fill(`email:${known.email}`);
  await page.keyboard.press('Enter');
  await page.getByText(/^Value now: /).waitFor();
  assert.match(page.url(), /person=email/);
  await page.locator('.behind-event summary').first().click();
  await page.getByText('Message id').first().waitFor();
  await picture(page, 'feature-person-en-1280');
  await check(page, complaints, 'a feature for one person');
  await page.getByRole('link', { name: 'Everything about this person' }).click();
  await page.getByText('Events behind: ').waitFor();
  await page.getByRole('link', { name: /^How it is computed/ }).click();
  await page.getByRole('heading', { name: 'Orders in the last 90 days', level: 1 }).waitFor();
  await context.close();
});

test('a segment is composed by clicking, with its size beside it, and opens to its people', { skip }, async () => {
  const { context, page, complaints } = await open(browser, { address: server.address, language: 'en', storage });
  await page.goto(`${server.address}/segments`);
  await settled(page);
  await page.locator('tbody').getByRole('link', { name: 'Bought lately' }).click();
  await page.getByRole('heading', { name: 'Bought lately', level: 1 }).waitFor();
  await settled(page);
  const size = Number(/^(\d+) /.exec(await page.locator('.sentence').first().innerText())[1]);
  assert.ok(size > 50 && size < 300, `${size} people bought`);
  await page.locator('.overlap').getByRole('link', { name: 'Look at beauty' }).waitFor();
  const file = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Export all as CSV' }).click()]).then(([download]) => download.path());
  const lines = (await readFile(file, 'utf8')).trim().split(/\r?\n/);
  assert.equal(lines.length, size + 1, 'everybody is exported');
  await page.getByRole('link', { name: 'Try a change' }).click();
  await page.getByText(`${size} of 300 people fit`).waitFor();

  await page.getByRole('button', { name: 'Start over' }).click();
  await page.getByText('Add a condition to see how many people fit.').waitFor();
  await page.getByRole('button', { name: 'A figure' }).click();
  await choose(page, 'Feature', 'Orders in the last 90 days');
  await page.getByText(`${size} of 300 people fit`).waitFor();
  await page.getByRole('button', { name: 'What they are' }).click();
  await choose(page, 'Trait', 'city');
  await page.getByRole('combobox', { name: 'Value' }).last().fill('北京');
  await page.getByText('0 of 300 people fit').waitFor();
  assert.equal(await page.locator('#rule-text').inputValue(), 'orders_90d >= 1 and traits.city == "北京"');
  await page.getByText('any of these').click();
  await page.getByText(`${size} of 300 people fit`).waitFor();
  assert.match(decodeURIComponent(page.url()), /orders_90d\+>=\+1\+or/);
  await page.locator('.draft-fields input').first().fill('Beijing or buyers');
  assert.match(await page.locator('pre.draft').innerText(), /name: 'Beijing or buyers'\n    where: 'orders_90d >= 1 or traits.city == "北京"'/);
  await picture(page, 'builder-clicked-en-1280');
  await check(page, complaints, 'the builder');
  await page.locator('#rule-text').fill('orders_9d >= 1');
  await page.getByText(/^The rule cannot be read: .*orders_9d.*orders_7d/).waitFor();
  await context.close();
});

test('events that no feature counts are counted, and the count is saved with the segment', { skip }, async () => {
  const { context, page, complaints } = await open(browser, { address: server.address, language: 'en', storage });
  await page.goto(`${server.address}/segment-builder`);
  await settled(page);
  await page.getByRole('button', { name: 'What they did' }).click();
  await page.getByRole('combobox', { name: 'Event', exact: true }).fill('Product Viewed');
  await page.locator('.ant-select-item-option[title="Product Viewed"]').last().click();
  await choose(page, 'Counted as', 'how many times');
  await page.getByRole('textbox', { name: /^only where/ }).fill('price > 190');
  let dear = 0; // as web/e2e/server.mjs feeds them
  for (let i = 0; i < 300; i++) dear += [0, 1, 2, 3].some((k) => 20 + ((i * 13 + k * 5) % 180) > 190);
  await page.getByText(`${dear} of 300 people fit`).waitFor();
  assert.equal(await page.locator('#rule-text').inputValue(), 'product_viewed_some_30d >= 1');
  assert.match(await page.locator('pre.draft').innerText(), /features:\n      - \{name: 'product_viewed_some_30d', event: 'Product Viewed', where: 'price > 190', aggregate: 'count', window: '30d', default: 0\}/);
  await picture(page, 'builder-count-en-1280');
  await page.reload();
  await page.getByText(`${dear} of 300 people fit`).waitFor();
  // Chromium logs the 503 of a count that is still being made.
  await check(page, complaints.filter((one) => !one.includes('503')), 'the builder with a count');
  await context.close();
});

test('kinds of customers are found by a click, and a group opens to its people', { skip }, async () => {
  const { context, page, complaints } = await open(browser, { address: server.address, language: 'en', storage });
  await page.goto(`${server.address}/clusters`);
  await settled(page);
  await page.getByText('Nobody has been grouped yet').waitFor();
  await choose(page, 'How many', '3 groups');
  await page.getByRole('button', { name: 'Find the kinds' }).click();
  await page.getByText(/^3 kinds of customers among 300 people/).waitFor({ timeout: 60_000 });
  await page.locator('.chart svg').first().waitFor();
  assert.equal(await page.locator('.groups li').count(), 3);
  await page.locator('.groups a').nth(1).click();
  assert.match(page.url(), /cluster=2/);
  await page.getByRole('heading', { name: 'Group 2 · People in it' }).waitFor();
  await settled(page);
  await picture(page, 'cluster-en-1280');
  await check(page, complaints, 'a group of people');
  await page.locator('.panel', { has: page.getByRole('heading', { name: 'Group 2 · People in it' }) }).locator('tbody a').first().click();
  await page.getByText('What do we know about this person').waitFor();
  await page.goto(`${server.address}/clusters`);
  await settled(page);
  await page.getByRole('button', { name: 'Find again' }).click();
  await page.getByText(/Numbers go on from v0001/).waitFor({ timeout: 60_000 });
  await context.close();
});

test('a chart is as wide as its place', { skip }, async () => {
  for (const language of ['zh', 'en']) {
    const { context, page } = await open(browser, { address: server.address, language, storage });
    await page.goto(server.address);
    await page.locator('.chart svg').first().waitFor();
    const [drawn, place] = await page.locator('.chart').first().evaluate((chart) => [chart.querySelector('svg').getBoundingClientRect().width, chart.clientWidth]);
    assert.ok(place > 300, `the place is ${place} px wide`);
    assert.equal(drawn, place, language);
    await page.setViewportSize(narrow);
    // Not waitForFunction: when its first look is too early it needs eval, which the page's content security policy refuses.
    const fits = (chart) => chart.clientWidth < 390 && chart.querySelector('svg').getBoundingClientRect().width === chart.clientWidth;
    const until = Date.now() + 10_000;
    while (!(await page.locator('.chart').first().evaluate(fits))) assert.ok(Date.now() < until, `${language}: the chart follows its place`);
    await context.close();
  }
});

test('a person is found by e-mail, and a trait opens the event that said it', { skip }, async () => {
  const { context, page, complaints } = await open(browser, { address: server.address, language: 'en', storage });
  await page.goto(`${server.address}/people`);
  await settled(page);
  await page.getByRole('searchbox', { name: 'Find a person' }).or(page.getByLabel('Find a person')).first().fill(known.email);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'People found' }).waitFor();
  await page.locator('tbody').getByRole('link', { name: known.name }).click();
  await page.getByRole('heading', { name: known.name, level: 1 }).waitFor();
  await page.locator('.facts > div', { hasText: known.email }).getByRole('link').click();
  await page.getByText('Log position').waitFor();
  await check(page, complaints, 'the event behind a trait');
  await page.goto(`${server.address}/people?search=nobody-at-all`);
  await page.getByText('Nobody fits “nobody-at-all”').waitFor();
  await context.close();
});

test('the quarantine shows raw bytes and says what a change touches before it is made', { skip }, async () => {
  const { context, page, complaints } = await open(browser, { address: server.address, language: 'en', storage });
  await page.goto(`${server.address}/data`);
  await settled(page);
  const opener = page.getByRole('button', { name: 'Show', exact: true }).first();
  const { x, width } = await opener.boundingBox();
  assert.ok(x + width < wide.width / 2, 'what opens a record is in sight without scrolling the table');
  await opener.click();
  await page.getByRole('heading', { name: 'Raw bytes' }).waitFor();
  assert.notEqual((await page.locator('pre.raw').innerText()).trim(), '');
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await page.getByText('set aside for good').waitFor();
  await picture(page, 'quarantine-dismiss-en-1280');
  await page.getByRole('dialog').last().getByRole('button', { name: 'Dismiss' }).click();
  await page.getByText('1 record was released').waitFor();
  await check(page, complaints, 'the quarantine');
  await context.close();
});

// The server's sentences in the reader's language, each with its values; what was said stays at hand.
test('what the server says is read in Chinese', { skip }, async () => {
  const english = /\b(the|is|are|needs?|must|has|have|no)\b/;
  await send(server, '/v1/batch', { batch: [{ type: 'track', userId: 'u'.repeat(600), event: 'Long' }, { type: 'identify', userId: 'u1', traits: 'none' }] });
  const { context, page, complaints } = await open(browser, { address: server.address, language: 'zh', storage, viewport: narrow });
  await page.goto(`${server.address}/data?code=invalid_event`);
  await settled(page);
  const rows = page.locator('#quarantine tbody tr.ant-table-row');
  await rows.filter({ hasText: 'userId 有 600 字节；最多接受 512 字节' }).waitFor();
  for (const row of await rows.allInnerTexts()) assert.doesNotMatch(row.replace(/\(\w+\)/g, ''), english);
  await rows.filter({ hasText: 'traits 必须是对象' }).getByRole('button', { name: '查看' }).click();
  await page.locator('.ant-drawer').getByText('服务器原文').click();
  await page.locator('.ant-drawer q').getByText('traits must be an object').waitFor();
  await page.locator('.ant-drawer-close').click();
  await page.getByRole('button', { name: /^重放全部/ }).click();
  await page.locator('.ant-modal').getByRole('button', { name: '重放', exact: true }).click();
  await page.locator('.refused-again').getByText('traits 必须是对象').waitFor();
  // The question lies over the record that it is about, although it was asked before the record was opened.
  await rows.first().getByRole('button', { name: '查看' }).click();
  await page.locator('.ant-drawer-footer').getByRole('button', { name: '忽略' }).click();
  await page.locator('.ant-modal').getByRole('button', { name: /取\s*消/ }).click();
  await picture(page, 'quarantine-refused-again-zh-390');
  await check(page, complaints, 'the quarantine in Chinese');

  const refused = async (where, act, said, original) => {
    await page.goto(server.address + where);
    await act();
    await page.getByRole('alert').getByText(said).first().waitFor();
    await page.getByText('服务器原文').first().click();
    await page.locator('.original q').getByText(original).first().waitFor();
    assert.ok((await overflow(page)) <= 0, `${where}: nothing is wider than the window`);
    await picture(page, `refused-${where.split(/[/?]/)[1]}-zh-390`);
  };
  await refused(`/people/${encodeURIComponent(`email:${known.email}`)}`, async () => {
    await page.getByRole('button', { name: '合并另一个人' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('user_id:nobody');
    await page.getByRole('dialog').getByRole('button', { name: '合并另一个人' }).click();
  }, /没有此标识的用户（not_found）/, 'there is nobody of this identifier');
  await refused(`/segment-builder?rule=${encodeURIComponent('orders_9d >= 1')}`, async () => {}, /“orders_9d”不是特征（是否指“orders_/, 'is no feature');
  await refused('/models/buys_7d?version=v0099', async () => {}, '模型没有这个版本', 'the model has no such version');
  // What the table does not know, and what is not the server's own.
  let reply = { status: 500, contentType: 'application/json', body: JSON.stringify({ error: { code: 'io', message: 'cannot make reports: Permission denied', field: '', docs: '' } }) };
  await page.route('**/v1/clusters', (route) => (route.request().method() === 'POST' ? route.fulfill(reply) : route.continue()));
  await page.goto(`${server.address}/clusters`);
  await settled(page);
  // Its sign of work, which has a name too, may still be going away.
  const find = page.getByRole('button', { name: /开始分群$|重新分群$/ }).first();
  await find.click();
  await page.getByRole('alert').getByText('操作系统拒绝了此操作').waitFor();
  assert.ok(await page.locator('.original q').getByText('Permission denied').isVisible(), 'what is not known stands open');
  reply = { status: 502, contentType: 'text/html', body: '<h1>Bad Gateway</h1>' };
  await find.click();
  await page.getByRole('alert').getByText('代理无法连接').waitFor();
  await context.close();
});

test('language and colours change in place and are remembered', { skip }, async () => {
  const { context, page, complaints } = await open(browser, { address: server.address, language: 'en', storage });
  await page.goto(`${server.address}/decisions?policy=explore`);
  await settled(page);
  await page.getByRole('button', { name: 'Switch to Chinese' }).click();
  await page.getByRole('heading', { name: '决策', level: 1 }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
  await page.getByRole('button', { name: '切换为深色' }).click();
  assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
  assert.match(page.url(), /policy=explore$/, 'the address keeps the state');
  await check(page, complaints, 'after the change');
  await context.close();
});

test('the menu of a narrow window closes by Escape, and by the page that is open', { skip }, async () => {
  const { context, page } = await open(browser, { address: server.address, language: 'en', storage, viewport: narrow });
  await page.goto(server.address);
  await settled(page);
  const menu = page.getByRole('button', { name: 'Open the menu' });
  const isOpen = async () => (await menu.getAttribute('aria-expanded')) === 'true';
  for (const close of [() => page.keyboard.press('Escape'), () => page.getByRole('navigation').getByRole('link', { name: 'Overview' }).click()]) {
    await menu.click();
    assert.ok(await isOpen());
    await close();
    await page.locator('.shell:not(.open)').waitFor();
    assert.ok(!(await isOpen()));
  }
  await context.close();
});

test('what people call themselves stays text, and a name that shows nothing is not shown', { skip }, async () => {
  const script = '<img src=x onerror=alert(1)>';
  for (const [userId, name] of [['scripted', script], ['blank', ' \u200b '], ['turned', 'محمد \u202Ereversed'], ['long', 'Maximilian-'.repeat(20)], [script, '👨‍👩‍👧 Zoë']]) {
    const sent = await send(server, '/v1/batch', { batch: [
      { type: 'identify', userId, traits: { name, city: script, [script]: { [script]: [script] } }, context: { campaign: { name: script } } },
      { type: 'track', userId, event: script, properties: { product_id: script, [script]: script } },
      { type: 'page', userId, name: script, properties: { url: script } },
      { type: 'group', userId, groupId: script, traits: { name: script } },
      { type: script, userId },
    ] });
    assert.equal(sent.status, 200);
  }
  const made = await send(server, '/v1/decide', { placement: 'home', userId: 'scripted', context: { page: script } });
  for (const viewport of [wide, narrow]) {
    const { context, page, complaints } = await open(browser, { address: server.address, language: 'en', storage, viewport });
    page.on('dialog', (dialog) => { complaints.push(`dialog: ${dialog.message()}`); void dialog.dismiss(); });
    const id = encodeURIComponent(script);
    for (const where of ['', 'data', 'data/quality', 'people', `people?search=${id}`, 'people/user_id:scripted', 'people/user_id:scripted?event=1', 'people/user_id:turned', 'people/user_id:long',
      `people/user_id:${id}`, `decisions/${made.body.decisionId}`, 'decisions', `features/product_views_7d?person=user_id:${id}`, `segment-builder?rule=${encodeURIComponent(`traits.city == "${script}"`)}`]) {
      await page.goto(`${server.address}/${where}`);
      await settled(page);
      assert.equal(await page.locator('img[src="x"]').count(), 0, `${where}: it is text`);
      await check(page, complaints, where);
    }
    await page.goto(`${server.address}/people/user_id:blank`);
    await page.getByRole('heading', { name: 'blank', level: 1 }).waitFor();
    await page.goto(`${server.address}/data?source=crm`);
    await page.getByText('Nothing waits under this choice').waitFor();
    await context.close();
  }
});

test('the keyboard reaches the content, and an error says its code', { skip }, async () => {
  const { context, page } = await open(browser, { address: server.address, language: 'en', storage });
  await page.goto(server.address);
  await settled(page);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to the content');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'A');
  await page.goto(`${server.address}/decisions/no-such-decision`);
  await page.getByRole('alert').getByText(/^Code: /).waitFor();
  await picture(page, 'error-en-1280');
  await page.goto(`${server.address}/no/such/page`);
  await page.getByRole('heading', { name: 'No such page' }).waitFor();
  await context.close();
});

test('a segment tells another program who enters, and shows what did not get through', { skip }, async () => {
  const { context, page, complaints } = await open(browser, { address: server.address, language: 'en', storage });
  await page.goto(`${server.address}/segments/buyers`);
  await settled(page);
  assert.ok(server.heard.some((one) => one.type === 'furrow.segment.entered' && one.data.segment === 'buyers' && one.data.identifiers.user_id));
  await page.getByText('Customer service desk').waitFor();
  await page.getByRole('button', { name: /could not be delivered/ }).click();
  await page.getByRole('button', { name: 'Send them all once more' }).waitFor();
  const before = server.heard.length;
  await page.getByRole('button', { name: 'Send a test message' }).click();
  await page.getByText(/took the test message|did not get through/).waitFor();
  assert.ok(server.heard.slice(before).some((one) => one.type === 'furrow.webhook.test'));
  await picture(page, 'segment-reactions-en-1280');
  await check(page, complaints, 'reactions');
  await context.close();
});
