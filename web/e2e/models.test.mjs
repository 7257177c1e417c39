// A model's life by clicking, in a real Chromium: trained beside the server, looked at, promoted, rolled back; and every
// decision names the version that the page says decides.
import assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { hasChromium, launch, open, picture, settled } from './browser.mjs';
import { binary, hasBinary, history, send, start, train } from './server.mjs';

const skip = !hasBinary ? `no furrow binary at ${binary}` : !hasChromium ? 'no Chromium' : false;
const kModel = 'offer_response';
const kUser = { name: 'admin', password: 'a long enough password' };

let browser, server;

before(async () => {
  if (skip) return;
  server = await start();
  browser = await launch();
  await history(server);
});
after(async () => {
  await browser?.close();
  if (server) assert.equal(await server.stop(), 0, 'the server drains and exits with 0');
});

async function deciding() {
  const made = await send(server, '/v1/decide', { placement: 'home', userId: 'h1' });
  assert.equal(made.status, 200, JSON.stringify(made));
  return made.body.modelVersion;
}

test('a model is trained, promoted and rolled back by clicking', { skip }, async () => {
  const { context, page, complaints } = await open(browser, { address: server.address, language: 'en' });
  await page.goto(`${server.address}/models/${kModel}`);
  await page.getByLabel('Set-up code').fill(server.setupCode);
  await page.getByLabel('Name').fill(kUser.name);
  await page.getByLabel('Password', { exact: true }).fill(kUser.password);
  await page.getByRole('button', { name: 'Make the administrator' }).click();
  await page.getByText('Can this prediction be trusted?').waitFor();
  complaints.length = 0; // Chromium logs the 401 that said nobody was signed in
  await settled(page);
  assert.equal(await page.locator('tbody tr').count(), 0, 'no version before the first training');

  await page.getByRole('button', { name: 'Train on everything up to now' }).click();
  await page.getByText('The new version decides nothing until somebody promotes it.').waitFor();
  await page.getByRole('dialog').getByRole('button').last().click();
  await page.getByText('Trained for admin, done').waitFor({ timeout: 120_000 });
  await page.getByRole('status').getByRole('link', { name: 'v0001' }).waitFor();
  await picture(page, 'model-trained-en-1280');
  assert.equal(train(server, kModel), 'v0002');
  assert.equal(await deciding(), null, 'a version decides nothing before it is promoted');
  await page.reload();
  await settled(page);
  assert.match(await page.locator('.sentence').first().innerText(), /\d/, 'the quality is said in a sentence');
  const row = (version) => page.getByRole('row').filter({ has: page.getByRole('link', { name: version, exact: true }) });
  const confirm = () => page.getByRole('dialog').getByRole('button').last();

  for (const version of ['v0001', 'v0002']) {
    await row(version).getByRole('button', { name: `Let ${version} decide` }).click();
    await page.getByText('From the next decision on, it scores every person at: The offer on top of the home page').waitFor();
    if (version === 'v0002') await picture(page, 'promote-en-1280');
    await confirm().click();
    await page.getByText(`${version} decides now.`).waitFor();
    await row(version).getByText('decides now').waitFor();
    assert.equal(await deciding(), `${kModel}/${version}`);
  }
  await row('v0001').getByText('retired').waitFor();

  await row('v0002').getByRole('button', { name: 'Roll back' }).click();
  await page.getByText('the version that decided before v0002').waitFor();
  await confirm().click();
  await row('v0001').getByText('decides now').waitFor();
  assert.equal(await deciding(), `${kModel}/v0001`);
  await page.reload();
  await settled(page);
  await row('v0001').getByText('decides now').waitFor();
  await picture(page, 'model-rolled-back-en-1280');
  await page.getByText('rolled back to it').waitFor();

  // The watch finds that people have moved: whoever opens the models is told, there and on the page of the model.
  await page.goto(`${server.address}/models`);
  await settled(page);
  assert.equal(await page.getByText('alarm', { exact: false }).count(), 0);
  const alarm = { time: new Date().toISOString(), action: 'alarm', version: 'v0001', actor: 'watch', note: 'carts_1h moved' };
  await appendFile(path.join(server.workspace, '.furrow', 'data', 'models', kModel, 'history'), `${JSON.stringify(alarm)}\n`);
  await page.reload();
  await settled(page);
  await page.getByText('1 has an alarm').waitFor();
  await page.getByRole('link', { name: 'Orders within an hour of seeing a home-page offer' }).last().click();
  await page.getByRole('alert').getByText('Since it was trained, something has changed: carts_1h moved.').waitFor();
  await page.getByText('Furrow, by itself').first().waitFor();

  // What is noted as data is told in the reader's language, though the watch may find nothing any more; an earlier note stays as it is.
  const kept = { ...alarm, time: new Date().toISOString(), note: 'of 600 decisions …', data: { kind: 'outcomes', known: 600, observed: 0.01, predicted: 0.3 } };
  await appendFile(path.join(server.workspace, '.furrow', 'data', 'models', kModel, 'history'), `${JSON.stringify(kept)}\n`);
  await page.reload();
  await settled(page);
  await page.getByRole('alert').getByText('of 600 decisions with a known outcome 1.00 % had one, where 30.00 % were predicted').waitFor();
  const chinese = await open(browser, { address: server.address, language: 'zh', storage: await context.storageState() });
  await chinese.page.goto(`${server.address}/models/${kModel}`);
  await settled(chinese.page);
  await chinese.page.getByRole('alert').getByText('在 600 次已知结果的决策中，实际为 1.00 %，而预测为 30.00 %').waitFor();
  await chinese.page.getByRole('cell', { name: '在 600 次已知结果的决策中', exact: false }).waitFor();
  await chinese.page.getByRole('cell', { name: 'carts_1h moved' }).waitFor();
  assert.deepEqual(chinese.complaints, [], 'the console is clean in Chinese as well');
  await chinese.context.close();
  assert.deepEqual(complaints, [], 'the console is clean');
  await context.close();
});
