// A signal that gives up after so many milliseconds, for pages and for workers, also where a browser has none ready.
"use strict";
self.within = (ms) => {
  if (AbortSignal.timeout) return AbortSignal.timeout(ms);
  const given = new AbortController();
  setTimeout(() => given.abort(), ms);
  return given.signal;
};
