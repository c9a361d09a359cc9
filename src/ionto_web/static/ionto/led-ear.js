// Hears a loud sound as a stop: two claps or stamps within a second, or a shout. It runs beside the page's sound, in the
// browser's own audio thread; nothing that it hears is kept, and nothing leaves it but the word "stop" and how loud it is.
"use strict";
globalThis.ledEar = (() => {
  const FRAME_S = 0.005;
  // A knock is loud [dB of full scale], well above what goes on all the while, and comes from one moment to the next. Two
  // of them stop, no closer than an echo and no further apart than a second. Loud for this long without a knock is a
  // shout. All of it errs on the side of hearing something: a stop that nobody meant costs time only [IONTO].
  const LOUD_DB = -26, ABOVE_DB = 16, RISE_DB = 12, LOOK_BACK = 10, APART_S = [0.1, 1.0], REST_S = 0.08;
  const SHOUT_DB = -22, SHOUT_S = 0.35, SHOUT_WITHIN_S = 0.6;
  // What goes on all the while is followed down quickly and up slowly [dB/s].
  const DOWN_DB_PER_S = 30, UP_DB_PER_S = 8, QUIET_DB = -90;

  const deaf = () => ({ t_s: 0, noise_db: -50, last: Array(LOOK_BACK).fill(-50), knock_s: -9, loud_s: [], stop: null });

  // How loud a frame is [dB of full scale].
  function level(samples) {
    let sum = 0;
    for (const sample of samples) sum += sample * sample;
    return Math.max(QUIET_DB, 10 * Math.log10(sum / samples.length + 1e-12));
  }

  // One frame later: the state after it, with `stop` naming what was heard, if anything.
  function hear(before, db) {
    const t_s = before.t_s + FRAME_S, last = [...before.last.slice(1), db];
    const step = db > before.noise_db ? Math.min(db - before.noise_db, UP_DB_PER_S * FRAME_S) : Math.max(db - before.noise_db, -DOWN_DB_PER_S * FRAME_S);
    const state = { ...before, t_s, last, noise_db: before.noise_db + step, stop: null };
    const isLoud = db > LOUD_DB && db > before.noise_db + ABOVE_DB;
    // The three frames before this one may already be its own beginning.
    const rises = db - Math.max(...before.last.slice(0, -3)) > RISE_DB;
    if (isLoud && rises && t_s - before.knock_s > REST_S) {
      const apart_s = t_s - before.knock_s;
      state.knock_s = t_s;
      if (apart_s >= APART_S[0] && apart_s <= APART_S[1]) return { ...state, knock_s: -9, stop: "knocks" };
    }
    if (db > SHOUT_DB && db > before.noise_db + ABOVE_DB / 2) {
      state.loud_s = [...before.loud_s.filter((then_s) => t_s - then_s < SHOUT_WITHIN_S), t_s];
      if (state.loud_s.length * FRAME_S >= SHOUT_S) return { ...state, loud_s: [], stop: "shout" };
    }
    return state;
  }

  // Every stop in a recording [s], for tests.
  function stopsIn(samples, rate) {
    const size = Math.round(rate * FRAME_S), found = [];
    let state = deaf();
    for (let from = 0; from + size <= samples.length; from += size) {
      state = hear(state, level(samples.subarray(from, from + size)));
      if (state.stop) found.push([Math.round(state.t_s * 1000) / 1000, state.stop]);
    }
    return found;
  }

  return { FRAME_S, deaf, level, hear, stopsIn };
})();

if (typeof registerProcessor === "function") {
  registerProcessor("led-ear", class extends AudioWorkletProcessor {
    constructor() {
      super();
      this.frame = new Float32Array(Math.round(sampleRate * ledEar.FRAME_S));
      this.filled = 0;
      this.state = ledEar.deaf();
      // While the page itself speaks it must not hear itself.
      this.port.onmessage = () => { this.state = ledEar.deaf(); };
    }

    process([[samples]]) {
      for (const sample of samples || []) {
        this.frame[this.filled++] = sample;
        if (this.filled < this.frame.length) continue;
        this.filled = 0;
        this.state = ledEar.hear(this.state, ledEar.level(this.frame));
        if (this.state.stop) this.port.postMessage(this.state.stop);
      }
      return true;
    }
  });
}
