// The address of this browser at its push service, as the site knows it. Push services renew addresses; the site is told,
// by the worker of the messages or by the page of the devices, whichever comes first.
"use strict";
self.device = (() => {
  const NAME = "ionto-device", PLACE = "/today/device/";

  async function known() {
    const kept = await caches.match(PLACE, { cacheName: NAME });
    return kept ? kept.text() : "";
  }

  const know = async (endpoint) => (await caches.open(NAME)).put(PLACE, new Response(endpoint));
  const forget = () => caches.delete(NAME);

  // Whether the site sends to the new address from now on: not when nobody is signed in, or the device was removed.
  async function renew(old, subscription) {
    const { endpoint, keys } = subscription.toJSON();
    const answer = await fetch(PLACE, {
      method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ old, endpoint, p256dh: keys.p256dh, auth: keys.auth }),
    });
    if (!answer.ok || answer.redirected) return false;
    await know(endpoint);
    return true;
  }

  return { known, know, forget, renew };
})();
