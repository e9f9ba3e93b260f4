// While the product is developed nothing is kept: whatever worker a release left on this address makes way.
addEventListener("install", (event) => event.waitUntil(skipWaiting()));
addEventListener("activate", (event) => event.waitUntil(registration.unregister()));
