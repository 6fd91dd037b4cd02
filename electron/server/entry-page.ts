/**
 * The page behind a one-time address. The address itself does nothing, so that a program that looks at links ahead of time uses
 * up no code; the script posts the code, and the page that follows has a clean address.
 */
export const entryPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Chronolens</title>
<script src="/enter.js"></script>
<p id="message">Opening Chronolens …</p>
<noscript>Chronolens needs JavaScript.</noscript>
</html>
`

/** The script of that page. */
export const entryScript = `'use strict'
addEventListener('DOMContentLoaded', async () => {
  const code = location.pathname.split('/').pop()
  history.replaceState(null, '', '/enter')
  const answer = await fetch('/session', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ code }),
  }).catch(() => null)
  if (answer && answer.ok) location.replace('/')
  else
    document.getElementById('message').textContent =
      answer && answer.status === 429
        ? 'Too many wrong addresses were tried. Wait a minute, then use the address in the terminal.'
        : 'This address was used before, or is too old. Use the newest address in the terminal.'
})
`

/** What a visitor without a session gets instead of the page. */
export const lockedPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Chronolens</title>
<p>This is a Chronolens server. Open the address that it shows in its terminal.</p>
</html>
`
