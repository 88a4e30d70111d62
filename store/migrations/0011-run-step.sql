-- Which attempt of a run's step may write: the newest. One that was given up for dead, and goes on when it wakes up, finds here that it is not.
CREATE TABLE run_step (
  run_id  bigint  NOT NULL REFERENCES run,
  step    text    NOT NULL,
  attempt integer NOT NULL,
  PRIMARY KEY (run_id, step)
);
