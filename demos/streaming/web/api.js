//  SPDX-License-Identifier: MIT
//
//  The stage, by HTTP. Who looks needs no key; who breaks needs the one of this
//  run, which comes in the fragment of the page's address: that part of it is
//  sent to nobody.

const KEY = "zp-token";
const PATIENCE_MS = 4000;

const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  sessionStorage.setItem(KEY, given);
  history.replaceState(null, "", location.pathname + location.search);
}

export const token = sessionStorage.getItem(KEY);

async function ask (path, options = {})
{
  const answer = await fetch(path, {
    ...options, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
  const text = await answer.text();
  let body = {};
  try {
    body = JSON.parse(text);
  } catch {
    //  A proxy's page, or nothing: the status says enough
  }
  if (!answer.ok) {
    const why = body.detail ?? answer.statusText;  // RFC 9457
    const failure = new Error(`${answer.status}, ${why}`);
    failure.status = answer.status;
    throw failure;
  }
  return body;
}

export function get (path)
{
  return ask(path);
}

//  Without a body there is none: what takes none refuses one
export function post (path, body)
{
  const headers = { "Authorization": `Bearer ${token}` };
  if (body)
    headers["Content-Type"] = "application/json";
  return ask(path, { method: "POST", headers,
                     body: body && JSON.stringify(body) });
}
