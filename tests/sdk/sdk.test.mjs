// Segment's own SDK against a running furrow: what it sends arrives, is unified, and can be queried.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Analytics } from '@segment/analytics-node'
import { makeWorkspace, query, startServer, stopServer } from './server.mjs'

let place, server
before(async () => {
  place = makeWorkspace()
  server = await startServer(place.workspace)
})
after(async () => {
  await stopServer(server)
  place.remove()
})

// The SDK's flush may resolve before a batch that was still being put together is answered, so its callbacks are awaited too.
const newSdk = (options = {}) => {
  const sdk = new Analytics({ writeKey: place.keys.write_key, host: server.address, path: '/v1/batch', flushInterval: 20, maxRetries: 0, ...options })
  const answered = []
  for (const method of ['identify', 'track', 'page', 'screen', 'group', 'alias']) {
    const call = sdk[method].bind(sdk)
    sdk[method] = (params) => void answered.push(new Promise((done) => call(params, done)))
  }
  for (const method of ['flush', 'closeAndFlush']) {
    const flush = sdk[method].bind(sdk)
    sdk[method] = async () => void (await flush(), await Promise.all(answered))
  }
  return sdk
}
const api = async (path, options = {}) => {
  const reply = await fetch(server.address + path, { ...options, headers: { Authorization: `Bearer ${place.keys.api_key}`, ...options.headers } })
  return { status: reply.status, body: await reply.json() }
}
const basic = () => 'Basic ' + Buffer.from(place.keys.write_key + ':').toString('base64')
const timeline = async (id) => (await api(`/v1/profiles/${encodeURIComponent(id)}/events`)).body.events

test('every call of the SDK arrives on the person it is about', async () => {
  const sdk = newSdk()
  sdk.identify({ userId: 'ann', traits: { email: 'ann@example.com', name: 'Ann', age: 41 } })
  sdk.track({ userId: 'ann', event: 'Order Completed', properties: { total: 25, items: [{ sku: 'x' }] } })
  sdk.page({ userId: 'ann', category: 'Docs', name: 'Home', properties: { url: '/' } })
  sdk.screen({ userId: 'ann', name: 'Cart' })
  sdk.group({ userId: 'ann', groupId: 'acme', traits: { plan: 'pro' } })
  await sdk.closeAndFlush()
  const { status, body: ann } = await api('/v1/profiles/user_id:ann')
  assert.equal(status, 200)
  assert.equal(ann.events, 5)
  assert.equal(ann.name, 'Ann')
  assert.equal(ann.traits.find((trait) => trait.name === 'age').value, 41)
  const events = await timeline('email:ann@example.com')
  assert.deepEqual(new Set(events.map((e) => e.type)), new Set(['identify', 'track', 'page', 'screen', 'group']))
  const order = events.find((e) => e.type === 'track')
  assert.deepEqual(order.properties, { total: 25, items: [{ sku: 'x' }] })
  assert.equal(order.context.library.name, '@segment/analytics-node')
})

test('an anonymous visitor becomes the person who signs in', async () => {
  const sdk = newSdk()
  sdk.track({ anonymousId: 'visitor-1', event: 'Product Viewed', properties: { sku: 'x' } })
  await sdk.flush()
  const before = await api('/v1/profiles/anonymous_id:visitor-1')
  sdk.identify({ userId: 'bob', anonymousId: 'visitor-1', traits: { email: 'bob@example.com' } })
  await sdk.closeAndFlush()
  const bob = await api('/v1/profiles/user_id:bob')
  assert.equal(bob.body.events, 2)
  assert.ok(bob.body.id === before.body.id || bob.body.absorbed.includes(before.body.id))
})

test('alias joins two ids', async () => {
  const sdk = newSdk()
  sdk.track({ userId: 'old-carl', event: 'Signed Up' })
  await sdk.flush()
  sdk.alias({ userId: 'carl', previousId: 'old-carl' })
  await sdk.closeAndFlush()
  const { status, body } = await api('/v1/profiles/user_id:carl')
  assert.equal(status, 200)
  assert.ok(body.events >= 1)
})

test('batches arrive whole', async () => {
  const sdk = newSdk({ flushAt: 20 })
  for (let i = 0; i < 250; i++) sdk.track({ userId: 'batcher', event: 'Clicked', properties: { i } })
  await sdk.closeAndFlush()
  assert.equal((await api('/v1/profiles/user_id:batcher')).body.events, 250)
  const places = (await timeline('user_id:batcher')).map((e) => e.properties.i)
  assert.equal(new Set(places).size, places.length)
})

test('a message sent twice counts once', async () => {
  for (let i = 0; i < 2; i++) {
    const sdk = newSdk()
    sdk.track({ userId: 'dora', event: 'Clicked', messageId: 'the-same-message' })
    await sdk.closeAndFlush()
  }
  assert.equal((await api('/v1/profiles/user_id:dora')).body.events, 1)
})

test('the time that the caller gives is kept, corrected by the clock alone', async () => {
  const when = new Date(Date.now() - 3 * 86_400_000)
  const sdk = newSdk()
  sdk.track({ userId: 'erin', event: 'Clicked', timestamp: when })
  await sdk.closeAndFlush()
  const [event] = await timeline('user_id:erin')
  assert.ok(Math.abs(new Date(event.time) - when) < 5000)
})

test('a wrong key is an error that the SDK reports', async () => {
  const sdk = newSdk({ writeKey: 'not-the-key' })
  const failed = new Promise((done) => sdk.on('error', done))
  sdk.track({ userId: 'eve', event: 'Clicked' })
  await sdk.closeAndFlush()
  assert.match(String((await failed).reason), /401/)
  assert.equal((await api('/v1/profiles/user_id:eve')).status, 404)
})

test('gzip, beacon and pixel', async () => {
  const event = { userId: 'finn', event: 'Clicked' }
  const gzip = await fetch(`${server.address}/v1/track`, {
    method: 'POST', headers: { Authorization: basic(), 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }, body: gzipSync(JSON.stringify(event)),
  })
  assert.deepEqual(await gzip.json(), { success: true })
  const beacon = await fetch(`${server.address}/v1/t`, {
    method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: JSON.stringify({ ...event, writeKey: place.keys.write_key }),
  })
  assert.equal(beacon.status, 200)
  const data = Buffer.from(JSON.stringify({ ...event, writeKey: place.keys.write_key })).toString('base64url')
  const pixel = await fetch(`${server.address}/v1/pixel/track?data=${data}`)
  assert.equal(pixel.headers.get('content-type'), 'image/gif')
  await pixel.arrayBuffer()
  assert.equal((await api('/v1/profiles/user_id:finn')).body.events, 3)
})

test('what is refused waits in the quarantine and can be dismissed', async () => {
  const reply = await fetch(`${server.address}/v1/batch`, {
    method: 'POST', headers: { Authorization: basic(), 'Content-Type': 'application/json' },
    body: JSON.stringify({ batch: [{ type: 'track', userId: 'gail', event: 'Clicked' }, { type: 'track', userId: 'gail' }] }),
  })
  const body = await reply.json()
  assert.equal(body.accepted, 1)
  assert.deepEqual({ index: body.refused[0].index, code: body.refused[0].code, field: body.refused[0].field }, { index: 1, code: 'invalid_event', field: 'event' })
  const quarantine = (await api('/v1/quarantine?code=invalid_event')).body
  assert.equal(quarantine.records[0].raw, '{"type":"track","userId":"gail"}')
  const dismissed = await api('/v1/quarantine/dismiss', { method: 'POST', body: JSON.stringify({ positions: [quarantine.records[0].position] }) })
  assert.equal(dismissed.body.released, 1)
  assert.equal((await api('/v1/quarantine?code=invalid_event')).body.open, quarantine.open - 1)
})

test('a decision is explained, logged and rewarded', async () => {
  const decided = await api('/v1/decide', { method: 'POST', body: JSON.stringify({ placement: 'home', userId: 'ann', context: { page: 'front' } }) })
  assert.equal(decided.status, 200)
  assert.match(decided.body.decisionId, /^d_/)
  assert.ok(decided.body.actions[0].propensity > 0)
  const sdk = newSdk()
  sdk.track({ userId: 'ann', event: 'Order Completed', properties: { total: 10 }, context: { decisionId: decided.body.decisionId } })
  await sdk.closeAndFlush()
  const kept = (await api(`/v1/decisions/${decided.body.decisionId}`)).body
  assert.equal(kept.actions[0].id, decided.body.actions[0].id)
  assert.equal(kept.outcomes.length, 1)
  assert.equal((await api('/v1/decide', { method: 'POST', body: JSON.stringify({ placement: 'nowhere', userId: 'ann' }) })).body.error.code, 'unknown_placement')
})

test('SIGTERM drains, exits 0, and everything can be queried', async () => {
  const { code } = await stopServer(server)
  assert.equal(code, 0, server.stderr())
  const [row] = query(place.workspace, "SELECT count(*) AS n FROM events WHERE user_id = 'batcher'")
  assert.equal(Number(row.n), 250)
  server = await startServer(place.workspace)
})
