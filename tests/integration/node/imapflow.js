// imapflow.js - one session of ImapFlow: login, append, search, fetch, IDLE until a message arrives, logout
//
// SYNOPSIS
//   MAIL_HOST=IP MAIL_PORT=N MAIL_USER=NAME MAIL_PASSWORD=... [MAIL_TLS=implicit MAIL_CA=FILE MAIL_NAME=DNS-NAME] node imapflow.js
//   MAIL_METHOD   the client's loginMethod: LOGIN, AUTH=PLAIN or AUTH=LOGIN; its own choice unless set
//
// DESCRIPTION
//   The message that IDLE must tell of is appended by a second session of the same person, after the first says that it idles.
//
// EXIT STATUS
//   0: all went well. 1: a step failed, or took 30 s; standard error says which. 2: the login was refused.

import {randomUUID} from "node:crypto";
import {once} from "node:events";
import {setTimeout as sleep} from "node:timers/promises";

import {ImapFlow} from "imapflow";

import {place, run} from "./place.js";

function client() {
  const {host, port, security, tls, user, pass} = place();
  return new ImapFlow({
    host, port, tls, logger: false, disableAutoIdle: true,
    secure: security === "implicit",
    doSTARTTLS: security === "starttls", // false: not even if the server offers it
    auth: {user, pass, loginMethod: process.env.MAIL_METHOD},
  });
}

async function login() {
  const session = client();
  session.on("error", () => {}); // the call under way fails, too, and says why
  try {
    await session.connect();
  } catch (error) {
    if (error.authenticationFailed) process.exitCode = 2;
    throw error;
  }
  return session;
}

function message(subject) {
  return `From: sender@campus.example\r\nTo: reader@campus.example\r\nSubject: ${subject}\r\n\r\nA line.\r\n`;
}

function expect(holds, what) {
  if (!holds) throw new Error(`expected ${what}`);
}

async function appendAndFetch(session) {
  const subject = `appended ${randomUUID()}`;
  const appended = await session.append("INBOX", message(subject), ["\\Seen"]);
  const found = await session.search({subject}, {uid: true});
  expect(found.length === 1, `one message with the subject "${subject}", found ${found.length}`);
  expect(!appended.uid || appended.uid === found[0], `UID ${appended.uid} of APPEND, found ${found[0]}`);
  const fetched = await session.fetchOne(String(found[0]), {envelope: true, source: true, flags: true}, {uid: true});
  expect(fetched.envelope.subject === subject, `the subject "${subject}", fetched "${fetched.envelope.subject}"`);
  expect(fetched.flags.has("\\Seen"), "the flag \\Seen");
  expect(fetched.source.toString() === message(subject), "the message as it was appended");
}

async function idleUntilArrival(session) {
  const before = session.mailbox.exists;
  const arrival = once(session, "exists");
  const idling = session.idle();
  await sleep(500); // the server has said that it idles; a message that came before would be told without it
  expect(session.idling, "a session that idles");
  const other = await login();
  await other.append("INBOX", message(`arrived ${randomUUID()}`));
  await other.logout();
  const [told] = await arrival;
  expect(told.count > before, `more than ${before} messages, was told of ${told.count}`);
  expect(session.idling, "to be told while it idles");
  await session.noop(); // ends IDLE
  await idling;
}

await run(async () => {
  const session = await login();
  const lock = await session.getMailboxLock("INBOX");
  try {
    await appendAndFetch(session);
    await idleUntilArrival(session);
  } finally {
    lock.release();
  }
  await session.logout();
});
