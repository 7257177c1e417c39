// A furrow server of the test's own: a workspace from the shop template in a temporary folder, on a free port, fed over
// HTTP with people whose events, decisions and outcomes the pages then have to show.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const binary = process.env.FURROW_BINARY ?? fileURLToPath(new URL('../../build/furrow', import.meta.url));
export const hasBinary = existsSync(binary);
const kStartMs = 60_000;
const kStopMs = 30_000;

// A company's other program: hears of entries, and refuses every tenth for good, so that there are dead letters to look at.
async function receive() {
  const heard = [];
  const receiver = createServer((request, reply) => {
    let body = '';
    request.on('data', (chunk) => { body += chunk; });
    request.on('end', () => {
      heard.push(JSON.parse(body));
      reply.writeHead(heard.length % 10 === 0 ? 422 : 204).end();
    });
  });
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  return { receiver, heard, url: `http://127.0.0.1:${receiver.address().port}/hook` };
}

export async function start() {
  const folder = await mkdtemp(path.join(tmpdir(), 'furrow-dashboard-'));
  const workspace = path.join(folder, 'shop');
  const made = spawnSync(binary, ['init', workspace, '--template', 'shop'], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`furrow init failed: ${made.stderr}`);
  await mkdir(path.join(workspace, 'segments'), { recursive: true });
  await writeFile(
    path.join(workspace, 'segments', 'kinds.yaml'),
    'segments:\n  - {name: buyers, where: orders_90d >= 1, on_enter: crm, on_exit: crm, description: Bought lately, description_zh: 最近购买}\n  - {name: beauty_lovers, where: beauty_views_90d >= 2, description: Look at beauty, description_zh: 关注美妆}\n',
  );
  const { receiver, heard, url } = await receive();
  await mkdir(path.join(workspace, 'webhooks'), { recursive: true });
  await writeFile(
    path.join(workspace, 'webhooks', 'crm.yaml'),
    `name: crm\nurl: ${url}\nallow_private: true\ndescription: Customer service desk\ndescription_zh: 客服系统\n`,
  );
  const keys = Object.fromEntries(
    (await readFile(path.join(workspace, '.furrow', 'keys'), 'utf8')).trim().split('\n').map((line) => line.split('=', 2)),
  );

  const server = spawn(binary, ['serve', workspace, '--port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const address = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`furrow serve did not start: ${said}`)), kStartMs);
    const hear = (chunk) => {
      said += chunk;
      const found = /listening on (http:\/\/[^\s]+)/.exec(said);
      if (!found) return;
      clearTimeout(late);
      resolve(found[1].replace(/\/$/, ''));
    };
    server.stdout.on('data', hear);
    server.stderr.on('data', hear);
    server.once('exit', (code) => reject(new Error(`furrow serve ended with ${code}: ${said}`)));
  });
  const ended = new Promise((resolve) => server.once('exit', resolve));

  return {
    address,
    keys,
    workspace,
    heard,
    get setupCode() {
      return /setup code:? (\S+)/.exec(said)?.[1];
    },
    async stop() {
      server.kill('SIGTERM');
      const late = setTimeout(() => server.kill('SIGKILL'), kStopMs);
      const code = await ended;
      clearTimeout(late);
      receiver.closeAllConnections?.();
      receiver.close();
      await rm(folder, { recursive: true, force: true });
      return code;
    },
  };
}

export async function send({ address, keys }, where, body) {
  const tracking = where !== '/v1/decide';
  const reply = await fetch(address + where, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: tracking ? `Basic ${Buffer.from(`${keys.write_key}:`).toString('base64')}` : `Bearer ${keys.api_key}`,
    },
    body: JSON.stringify(body),
  });
  return { status: reply.status, body: await reply.json() };
}

const kPeople = 300;
const kNames = ['Ana Souza', '王小明', 'Chen Wei', '李娜', 'Emma Brown', '张伟'];

// Events of the days before for each person, a decision for each, and an order after it for some: more often where the
// decision was not the hold-out's. Deterministic, so that a failed run can be run again.
export async function feed(server) {
  const now = Date.now();
  const at = (hoursAgo) => new Date(now - hoursAgo * 3_600_000).toISOString();
  const batch = [];
  for (let i = 0; i < kPeople; i++) {
    const userId = `u${i}`;
    batch.push({ type: 'identify', userId, anonymousId: `device-${i}`, timestamp: at(200), traits: { name: kNames[i % kNames.length], email: `person${i}@example.com`, city: '上海', age: 20 + (i % 50) } });
    for (let k = 0; k < 4; k++) {
      const category = ['electronics', 'beauty', 'sports'][(i + k) % 3];
      batch.push({ type: 'track', userId, event: 'Product Viewed', timestamp: at(150 - 30 * k - (i % 20)), properties: { product_id: `SKU-${(i * 7 + k) % 90}`, category, price: 20 + ((i * 13 + k * 5) % 180) } });
    }
    if (i % 4 === 0) batch.push({ type: 'track', userId, event: 'Order Completed', timestamp: at(60 + (i % 30)), properties: { order_id: `o${i}`, total: 50 + i, category: 'beauty' } });
  }
  for (let from = 0; from < batch.length; from += 500) {
    const sent = await send(server, '/v1/batch', { batch: batch.slice(from, from + 500) });
    if (sent.status !== 200) throw new Error(`batch refused: ${JSON.stringify(sent)}`);
  }
  // Three that must be refused and kept: a track without its event's name, and one without anybody.
  for (const bad of [{ type: 'track', userId: 'u1', properties: { price: 1 } }, { type: 'track', event: 'Nobody' }]) {
    await send(server, '/v1/batch', { batch: [bad] });
  }
  const outcomes = [];
  let decision;
  for (let i = 0; i < kPeople; i++) {
    const made = await send(server, '/v1/decide', { placement: 'home', userId: `u${i}`, context: { page: i % 5 ? 'home' : 'sale' } });
    if (made.status !== 200) throw new Error(`decide refused: ${JSON.stringify(made)}`);
    decision ??= made.body.decisionId;
    if (i % (made.body.holdout ? 5 : 3) === 0) {
      outcomes.push({ type: 'track', userId: `u${i}`, event: 'Order Completed', context: { decisionId: made.body.decisionId }, properties: { order_id: `after-${i}`, total: 80 } });
    }
  }
  const sent = await send(server, '/v1/batch', { batch: outcomes });
  if (sent.status !== 200) throw new Error(`outcomes refused: ${JSON.stringify(sent)}`);
  return { email: 'person0@example.com', name: kNames[0], decision };
}

// Half a year of offers, so that a model can be learnt: who looked at much lately orders more often after an offer.
export async function history(server) {
  const kOffers = 1500;
  const start = Date.now() - 180 * 86_400_000;
  const batch = [];
  for (let i = 0; i < kOffers; i++) {
    const moment = start + (i / kOffers) * 170 * 86_400_000;
    const at = (minutes) => new Date(moment + minutes * 60_000).toISOString();
    const userId = `h${i}`;
    const views = (i * 7919) % 6;
    for (let v = 0; v < views; v++) {
      batch.push({ type: 'track', userId, event: 'Product Viewed', timestamp: at(-40 + v), properties: { product_id: `SKU-${v}`, category: 'beauty', price: 40 } });
    }
    batch.push({ type: 'track', userId, event: 'Offer Viewed', timestamp: at(0), properties: { action: 'ten_off', discount: 10, category: 'any' } });
    if ((i * 104_729) % 100 < 8 + 9 * views) {
      batch.push({ type: 'track', userId, event: 'Order Completed', timestamp: at(12), properties: { order_id: `h${i}`, total: 90, category: 'beauty' } });
    }
  }
  for (let from = 0; from < batch.length; from += 1000) {
    const sent = await send(server, '/v1/batch', { batch: batch.slice(from, from + 1000) });
    if (sent.status !== 200) throw new Error(`batch refused: ${JSON.stringify(sent)}`);
  }
}

// `furrow model train` beside the running server, as an analyst would type it: the version that it registered.
export function train(server, model) {
  const trained = spawnSync(binary, ['model', 'train', server.workspace, '--name', model, '--threads', '1', '--json'], { encoding: 'utf8', timeout: 120_000 });
  if (trained.status !== 0) throw new Error(`furrow model train failed: ${trained.stdout}${trained.stderr}`);
  return JSON.parse(trained.stdout).version;
}
