const PLAIN_REMINDER_MILLISECONDS = 20_000;
const REDRAW_MILLISECONDS = 250;

/** A length of time for people: "0.2 s", "41 s", "2 min 10 s". */
export function duration(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * One line per step. On a terminal the lines of running steps are redrawn in place; elsewhere a line is written when a
 * step says something new, and every 20 seconds while it runs.
 *
 * A step that finds nothing to do says nothing.
 */
export function createProgress(stream) {
  const running = new Map();
  const columns = () => (stream.columns || 100) - 1;
  let drawn = 0;
  let timer;

  const line = (step) => `  ${step.name}: ${step.text} (${duration(Date.now() - step.started)})`;
  const erase = () => {
    if (drawn > 0) stream.write(`\x1b[${drawn}A\x1b[0J`);
    drawn = 0;
  };
  const draw = () => {
    if (!stream.isTTY) return;
    erase();
    for (const step of running.values()) stream.write(`${line(step).slice(0, columns())}\n`);
    drawn = running.size;
  };
  const print = (text) => {
    if (stream.isTTY) erase();
    stream.write(`${text}\n`);
    draw();
  };
  const tick = () => {
    if (stream.isTTY) return draw();
    for (const step of running.values()) {
      if (Date.now() - step.said >= PLAIN_REMINDER_MILLISECONDS) {
        step.said = Date.now();
        print(line(step));
      }
    }
  };

  return {
    print,
    /** A step by name. `doing` says what it is doing now, `counted` how far it is, `done` how it went. */
    step(name) {
      const step = { name, text: '', started: 0, said: 0 };
      const remove = () => {
        running.delete(name);
        if (running.size === 0) clearInterval(timer);
      };
      return {
        doing(text) {
          if (running.size === 0) timer = setInterval(tick, stream.isTTY ? REDRAW_MILLISECONDS : 1_000);
          step.started ||= Date.now();
          step.text = text;
          step.said = Date.now();
          running.set(name, step);
          if (stream.isTTY) draw();
          else print(`  ${name}: ${text}`);
        },
        counted(text) {
          step.text = text;
        },
        done(text) {
          if (!running.has(name)) return;
          remove();
          print(`  ${name}: ${text} (${duration(Date.now() - step.started)})`);
        },
      };
    },
    /** Forget what is running, before a failure is reported. */
    close() {
      clearInterval(timer);
      if (stream.isTTY) erase();
      running.clear();
    },
  };
}
