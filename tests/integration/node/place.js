// What both clients are told: where to connect and as whom. Everything comes from the environment, so that no password stands
// on a command line. MAIL_TLS: implicit, starttls, or none; with a CA (MAIL_CA), the certificate must be MAIL_NAME's.

import {readFileSync} from "node:fs";

export const patience = 30_000; // milliseconds for everything

export function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

export function place() {
  const security = process.env.MAIL_TLS ?? "implicit";
  if (!["implicit", "starttls", "none"].includes(security)) throw new Error(`MAIL_TLS=${security}: expected implicit, starttls or none`);
  return {
    host: required("MAIL_HOST"),
    port: Number(required("MAIL_PORT")),
    security,
    tls: security === "none" ? undefined : {ca: readFileSync(required("MAIL_CA")), servername: required("MAIL_NAME")},
    user: required("MAIL_USER"),
    pass: required("MAIL_PASSWORD"),
  };
}

// run: the exit status is the verdict. A client that hangs has failed, and what it left open does not keep the program.
export async function run(client) {
  setTimeout(() => {
    console.error(`not done after ${patience / 1000} s`);
    process.exit(1);
  }, patience);
  try {
    await client();
  } catch (error) {
    console.error([error.message, error.responseText, error.response].filter(Boolean).join(": "));
    process.exit(process.exitCode ?? 1);
  }
  process.exit();
}
