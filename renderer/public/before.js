// Zod compiles schemas with `new Function` where it may; the page's CSP forbids that, and even the attempt is a violation.
// This runs before any module, because bundling does not keep the order in which modules make their schemas.
globalThis.__zod_globalConfig = { jitless: true }

// What most people have chosen, so that a bright page does not begin with a dark one; their own choice follows with the settings.
if (matchMedia('(prefers-color-scheme: light)').matches) document.documentElement.setAttribute('data-theme', 'light')
