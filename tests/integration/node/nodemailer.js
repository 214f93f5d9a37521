// nodemailer.js - one message by Nodemailer: EHLO, STARTTLS, AUTH, MAIL, DATA, QUIT
//
// SYNOPSIS
//   MAIL_HOST=IP MAIL_PORT=N MAIL_USER=NAME MAIL_PASSWORD=... MAIL_FROM=ADDRESS MAIL_TO=ADDRESS MAIL_SUBJECT=TEXT
//     [MAIL_TLS=starttls MAIL_CA=FILE MAIL_NAME=DNS-NAME] [MAIL_METHOD=PLAIN] node nodemailer.js
//
// EXIT STATUS
//   0: the server took the message. 1: it did not, or was not done after 30 s; standard error says why. 2: the login was refused.

import {createTransport} from "nodemailer";

import {patience, place, required, run} from "./place.js";

await run(async () => {
  const {host, port, security, tls, user, pass} = place();
  const transport = createTransport({
    host, port, tls,
    secure: security === "implicit",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    auth: {user, pass},
    authMethod: process.env.MAIL_METHOD,
    connectionTimeout: patience, greetingTimeout: patience, socketTimeout: patience,
  });
  try {
    const sent = await transport.sendMail({
      from: required("MAIL_FROM"), to: required("MAIL_TO"), subject: required("MAIL_SUBJECT"), text: "A line.\n",
    });
    if (sent.accepted.length !== 1) throw new Error(`expected one recipient, accepted ${sent.accepted.length}`);
  } catch (error) {
    if (error.code === "EAUTH") process.exitCode = 2;
    throw error;
  } finally {
    transport.close();
  }
});
