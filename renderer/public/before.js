// Zod compiles schemas with `new Function` where it may; the page's CSP forbids that, and even the attempt is a violation.
// This runs before any module, because bundling does not keep the order in which modules make their schemas.
globalThis.__zod_globalConfig = { jitless: true }
